"""Which file of a ticket holds the recipients: one whose name is as set up, of a kind that spreadsheets have. Pure."""

from fnmatch import fnmatchcase
from pathlib import PurePosixPath

from dispatch.core import text
from dispatch.settings import Settings

NO_FILE = "none"  # the setting that says that no file holds recipients
# The three that are read, and those that are refused in words: an older or another program's, or one with macros.
ENDINGS = frozenset(
    {".xlsx", ".ods", ".csv", ".xls", ".xlsm", ".xlsb", ".xltx", ".xltm", ".fods", ".ots", ".tsv", ".numbers"}
)


def is_recipient_file(name: str, settings: Settings) -> bool:
    """Whether the name says so, whatever its letter case."""
    pattern = text.line(settings.dispatch_recipient_file, most=text.Limit.FILE_NAME).casefold()
    path = PurePosixPath(text.file_name(name).casefold())
    return (
        pattern != NO_FILE
        and path.suffix in ENDINGS
        and (fnmatchcase(path.stem, pattern) or fnmatchcase(path.name, pattern))
    )
