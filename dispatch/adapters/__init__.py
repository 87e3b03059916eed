"""One vendor a folder. Adapters know the nouns, the errors and the ports, and not each other.

Handed out whole: ``mime``, the bytes of a letter.
"""

__all__ = ["mime"]
