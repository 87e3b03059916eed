"""Stand-ins for running and testing on one machine. Never deployed."""
