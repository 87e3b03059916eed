"""What a person may press: stop, go on, send again, resolve now, purge."""
