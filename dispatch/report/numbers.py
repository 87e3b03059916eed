"""Numbers, counts and sizes as Norwegians write them."""

NO_BREAK = "\u00a0"
MEGABYTE = 1024 * 1024


def number(count: int) -> str:
    """A number as Norwegians write it: 12 345."""
    return f"{count:,}".replace(",", NO_BREAK)


def counted(count: int, one: str, many: str) -> str:
    """A number with its noun: 1 mottaker, 2 mottakere."""
    return f"{number(count)}{NO_BREAK}{one if count == 1 else many}"


def size_text(count: int) -> str:
    """Bytes as people read them: 34 kB, 1,2 MB."""
    if count < MEGABYTE:
        return f"{number(max(1, round(count / 1024)))}{NO_BREAK}kB"
    return f"{count / MEGABYTE:.1f}{NO_BREAK}MB".replace(".", ",")
