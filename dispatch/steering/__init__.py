"""What a person may press: stop, go on, approve, send again, send to the added, resolve now, purge.

Handed out whole: ``actions``, the presses, and ``approving``, one more; ``foreseen``, what one would do;
``send_to_added``, who was added since.
"""

__all__ = ["actions", "approving", "foreseen", "send_to_added"]
