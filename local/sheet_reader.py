"""The real reader of recipients' files, in this process: what its own process costs is a quarter of a second a file."""

from dispatch.adapters.spreadsheets import SpreadsheetFiles, inside

SHEETS = SpreadsheetFiles(runner=inside.read_in)
