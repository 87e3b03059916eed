"""What is said of the troubles that more than one check finds."""

from collections.abc import Mapping, Sequence

from dispatch.ports import Trouble


def plain(text: str) -> Trouble:
    """What another has said, in its own words."""
    return Trouble(text, text)


def missing(names: Sequence[str], settings: Mapping[str, str]) -> Trouble | None:
    """Names that nothing is known by, each with the setting that holds it; None where there are none."""
    if not names:
        return None
    unknown = [(setting, name) for setting, name in settings.items() if name in names]
    return Trouble(
        "; ".join(f"{setting}: «{name}» finnes ikke" for setting, name in unknown),
        "; ".join(f"{setting}: «{name}» does not exist" for setting, name in unknown),
    )


def cannot_tell(name: str) -> Trouble:
    """Neither tick nor cross."""
    return Trouble(f"«{name}» kan ikke bekreftes", f"«{name}» can't be confirmed", fails=False)
