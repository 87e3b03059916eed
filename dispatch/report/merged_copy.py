"""The letter of the archive where fields are filled in: as it was written, and one recipient's as an example."""

from dataclasses import replace
from html import escape

from dispatch.core import Letter

HEADING = "Eksempel: slik ble meldingen til {}"


def with_example(shown: Letter, example: Letter, *, who: str) -> Letter:
    """One letter that holds both: what is in the body of the second document goes into the first."""
    head, end, rest = shown.html.rpartition("</body>")
    if not end:
        return shown
    heading = f"<hr><h2>{escape(HEADING.format(who))}</h2><p>Emne: {escape(example.subject)}</p>"
    attached = ", ".join(part.name for part in example.attachments)
    files = f"<p>Vedlegg: {escape(attached)}</p>" if attached else ""
    return replace(shown, html=f"{head}{heading}{files}{_body(example.html)}{end}{rest}")


def _body(html: str) -> str:
    _, begin, rest = html.partition("<body")
    inside = rest.partition(">")[2] if begin else html
    return inside.rpartition("</body>")[0] or inside
