"""Table, Queue and Blob storage.

Handed out whole: ``table_rows``, how a noun lies in the table.
"""

from dispatch.adapters.azure_storage.blob_content import CONTENT, TEMPLATES, BlobContent
from dispatch.adapters.azure_storage.queues import BATCHES, COMPLETED, PLANS, StorageQueues
from dispatch.adapters.azure_storage.table_ledger import TableLedger
from dispatch.adapters.azure_storage.table_reader import TableReader

__all__ = [
    "BATCHES",
    "COMPLETED",
    "CONTENT",
    "PLANS",
    "TEMPLATES",
    "BlobContent",
    "StorageQueues",
    "TableLedger",
    "TableReader",
    "table_rows",
]
