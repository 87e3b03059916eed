"""One vendor a folder. Adapters know the nouns, the errors and the ports, and not each other.

Handed out whole: ``mime``, the bytes of a letter, and ``http_client``, what every HTTP client stands on.
"""

__all__ = ["http_client", "mime"]
