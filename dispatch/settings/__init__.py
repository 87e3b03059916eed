"""The environment, read once and checked as a whole; one file a concern."""

from dispatch.settings.settings import STORAGE, Settings, terminal_locale

__all__ = [
    "STORAGE",
    "Settings",
    "terminal_locale",
]
