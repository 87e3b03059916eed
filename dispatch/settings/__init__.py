"""The environment, read once and checked as a whole; one file a concern."""

from dispatch.settings.file import settings_of
from dispatch.settings.misspelt import misspelt
from dispatch.settings.ncrontab import Schedule, ScheduleError
from dispatch.settings.norwegian import in_norwegian
from dispatch.settings.senders import Sender, sender_of, senders
from dispatch.settings.settings import Settings
from dispatch.settings.storage import STORAGE
from dispatch.settings.terminal import terminal_locale

__all__ = [
    "STORAGE",
    "Schedule",
    "ScheduleError",
    "Sender",
    "Settings",
    "in_norwegian",
    "misspelt",
    "sender_of",
    "senders",
    "settings_of",
    "terminal_locale",
]
