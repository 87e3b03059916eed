"""One batch, a few processes, one person: every order of what they do, over the real verbs with the ports in memory."""
