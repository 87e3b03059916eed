"""Opens the reader of recipients' files."""

from dispatch.ports import SheetReader


def open_sheets() -> SheetReader:
    """It holds nothing open: each file is read in a process of its own."""
    from dispatch.adapters.spreadsheets import SpreadsheetFiles

    return SpreadsheetFiles()
