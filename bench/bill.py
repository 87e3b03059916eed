"""What a dispatch costs in Azure, reckoned from counted work. The prices are assumptions, with their date."""

from dataclasses import dataclass

PRICES_FROM = "November 2026, list prices in US dollars; they vary by region and change"
TABLE_PER_10_000 = 0.00036  # an entity group transaction counts as one
QUEUE_PER_10_000 = 0.004
BLOB_WRITE_PER_10_000 = 0.05
BLOB_READ_PER_10_000 = 0.004
GB_SECOND, FREE_GB_SECONDS = 0.000026, 100_000
EXECUTIONS_PER_MILLION, FREE_EXECUTIONS = 0.40, 250_000
INSTANCE_GB = 2.0
SECONDS_PER_LETTER = 1.0  # until Graph has answered; an assumption until the first real dispatch
TICKS_A_MONTH, SECONDS_PER_TICK = 8_640, 2.0


@dataclass(frozen=True, slots=True)
class Work:
    """What one recipient takes, counted."""

    table: float
    queue: float
    blob_writes: float
    blob_reads: float
    executions: float


def storage(work: Work, recipients: int) -> float:
    """Transactions of the dispatch itself, in dollars."""
    tenthousands = recipients / 10_000
    return tenthousands * (
        work.table * TABLE_PER_10_000
        + work.queue * QUEUE_PER_10_000
        + work.blob_writes * BLOB_WRITE_PER_10_000
        + work.blob_reads * BLOB_READ_PER_10_000
    )


def compute(work: Work, recipients: int, *, concurrency: int, timer: bool) -> tuple[float, float]:
    """GB-seconds of a month, and dollars after what is free."""
    gb_seconds = recipients / concurrency * SECONDS_PER_LETTER * INSTANCE_GB
    executions = recipients * work.executions
    if timer:
        gb_seconds += TICKS_A_MONTH * SECONDS_PER_TICK * INSTANCE_GB
        executions += TICKS_A_MONTH
    paid = max(0.0, gb_seconds - FREE_GB_SECONDS) * GB_SECOND
    return gb_seconds, paid + max(0.0, executions - FREE_EXECUTIONS) / 1e6 * EXECUTIONS_PER_MILLION
