"""The demonstration: a ticket in simulated Pureservice becomes e-mails, a report and a solved ticket."""
