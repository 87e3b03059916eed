"""What a recipient's row says may be older than its batch's journal: one module reads rows, and looks at both."""

from pathlib import Path

DISPATCH = Path("dispatch")
STORAGE = DISPATCH / "adapters" / "azure_storage"
# The one that writes rows and the one that reads ranges of them name the keys; the columns' own module reads them.
KEYS = {STORAGE / name for name in ("journal_columns.py", "table_ledger.py", "table_reader.py")}


def files_that_name(text: str) -> set[Path]:
    return {path for path in DISPATCH.rglob("*.py") if text in path.read_text("utf-8")}


def test_rows_of_recipients_are_read_by_one_module():
    assert files_that_name("from_entity(Recipient") == {STORAGE / "journal_columns.py"}
    assert files_that_name("from_entity(Batch") == {STORAGE / "journal_columns.py"}
    assert files_that_name('"recipient|') <= KEYS
