"""What a person may press: stop, go on, send again, send to the added, resolve now, purge.

Handed out whole: ``actions``, the presses; ``foreseen``, what one would do; ``send_to_added``, who was added since.
"""

__all__ = ["actions", "foreseen", "send_to_added"]
