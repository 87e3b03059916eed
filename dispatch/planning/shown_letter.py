"""A frozen letter as people read it before it is sent: on a page of its own, or as one recipient would get it."""

import base64
from dataclasses import replace

from dispatch.core import OWN_TICKET_NUMBER, Letter, merging


def as_recipient_reads(letter: Letter | None, own: merging.OwnContent | None) -> Letter | None:
    """The letter to read: where each recipient's ticket would have its number, dots stand for it."""
    if letter is None:
        return None
    letter = merging.filled(letter, own.values) if own else merging.as_written(letter)
    subject, html, text = (
        part.replace(OWN_TICKET_NUMBER, "·····") for part in (letter.subject, letter.html, letter.text)
    )
    return replace(letter, subject=subject, html=html, text=text)


def as_page(letter: Letter) -> str:
    """The letter as one HTML file: the pictures that would go with it stand inside it."""
    parts = {f"cid:{part.content_id}": part for part in letter.inline}
    lengths = {len(source) for source in parts}
    first, *shown = letter.html.split("cid:")
    pieces = [first]
    for piece in (f"cid:{rest}" for rest in shown):
        part = next((parts[piece[:length]] for length in lengths if piece[:length] in parts), None)
        if part is None:
            pieces.append(piece)
        else:
            data = base64.b64encode(part.content).decode("ascii")
            pieces += [f"data:{part.content_type};base64,{data}", piece[len(f"cid:{part.content_id}") :]]
    return "".join(pieces)
