"""Files that people make in a spreadsheet (.xlsx, .ods, .csv), read in a process of their own, behind a guard.

The guard unpacks what the library is to read, counts while it does, and looks at every cell; the library is given what
the guard has seen and nothing else. Handed out whole: ``inside``, what that process runs.
"""

from dispatch.adapters.spreadsheets.reader import SpreadsheetFiles

__all__ = ["SpreadsheetFiles", "inside"]
