"""What is said of the troubles that more than one check finds."""

from collections.abc import Awaitable, Callable, Sequence

from dispatch.ports import Trouble


def plain(text: str) -> Trouble:
    """What another has said, in its own words."""
    return Trouble(text, text)


def missing(names: Sequence[str]) -> Trouble | None:
    """Names that nothing is known by; None where there are none."""
    listed = f"«{'», «'.join(names)}»"
    return Trouble(f"{listed} finnes ikke", f"{listed} does not exist") if names else None


def cannot_tell(name: str) -> Trouble:
    """Neither tick nor cross."""
    return Trouble(f"«{name}» kan ikke bekreftes", f"«{name}» can't be confirmed", certain=False)


async def lacking(names: Sequence[str], has: Callable[[str], Awaitable[bool]]) -> Trouble | None:
    """Which of the names aren't there."""
    return missing([name for name in names if not await has(name)])
