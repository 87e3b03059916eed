"""The reference in a note or a solution, by which we know our own words again."""

_GOES_ON = "-/."  # signs that may follow within a longer reference


def is_named_in(reference: str, text: str) -> bool:
    """Whether the text names exactly this reference: one that only begins or ends like it does not count."""
    at = text.find(reference)
    while at >= 0:
        before, after = text[at - 1 : at] if at else "", text[at + len(reference) : at + len(reference) + 1]
        if not _is_part(before) and not _is_part(after):
            return True
        at = text.find(reference, at + 1)
    return False


def _is_part(sign: str) -> bool:
    return bool(sign) and (sign.isalnum() or sign in _GOES_ON)
