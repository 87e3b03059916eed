"""What a person may press: stop, go on, send again, send to the added, resolve now, purge."""
