"""The status page and the JSON API: how dispatches stand, and the buttons that people press."""
