"""Simulators of the outside systems. Each counts what it received and can be told to fail."""
