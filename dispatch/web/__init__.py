"""The status page and the JSON API: how dispatches stand, and the buttons that people press.

Handed out whole: ``functions``, the two HTTP functions; what else is here they load when they are called.
"""

__all__ = ["functions"]
