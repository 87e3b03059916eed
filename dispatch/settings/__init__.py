"""The environment, read once and checked as a whole; one file a concern."""

from dispatch.settings.file import settings_of
from dispatch.settings.misspelt import misspelt
from dispatch.settings.ncrontab import Schedule, ScheduleError
from dispatch.settings.norwegian import in_norwegian
from dispatch.settings.sender_pool import members_of
from dispatch.settings.senders import TENANT, Sender, carrier, sender_of, senders, senders_of
from dispatch.settings.settings import Settings
from dispatch.settings.storage import STORAGE
from dispatch.settings.terminal import terminal_locale

__all__ = [
    "STORAGE",
    "TENANT",
    "Schedule",
    "ScheduleError",
    "Sender",
    "Settings",
    "carrier",
    "in_norwegian",
    "members_of",
    "misspelt",
    "sender_of",
    "senders",
    "senders_of",
    "settings_of",
    "terminal_locale",
]
