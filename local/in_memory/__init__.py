"""In-memory twins of the storage ports, for fast tests. Each passes the same contract tests as the real adapter."""

from local.in_memory.checked_ledger import CheckedLedger
from local.in_memory.content import MemoryContent
from local.in_memory.ledger import MemoryLedger
from local.in_memory.queues import MemoryQueues, Queued, QueueMessage
from local.in_memory.reader import MemoryReader

__all__ = [
    "CheckedLedger",
    "MemoryContent",
    "MemoryLedger",
    "MemoryQueues",
    "MemoryReader",
    "QueueMessage",
    "Queued",
]
