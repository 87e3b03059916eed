"""The same letter and the same recipients for everybody who is measured."""

from dispatch.core import Letter
from dispatch.mail import LetterStyle, compose_letter

SENDER, SENDER_NAME = "ikkesvar@dibk.example", "Direktoratet for byggkvalitet"
SUBJECT = "Høring: endringer i byggesaksforskriften"
_PARAGRAPH = (
    "<p>Direktoratet for byggkvalitet sender på høring forslag til endringer i byggesaksforskriften. "
    "Forslaget gjelder tiltak på eksisterende bygg, og skal gjøre det enklere å gjenbruke det som står. Punkt {n}.</p>"
)
PARAGRAPHS = 12  # with the template and the plain text, about 10 kB on the wire


def body() -> str:
    """What the case worker wrote."""
    return "\n".join(_PARAGRAPH.format(n=n) for n in range(1, PARAGRAPHS + 1))


def the_letter(number: int = 10234) -> Letter:
    """The letter as it is frozen."""
    style = LetterStyle(organisation=SENDER_NAME, footer="Postboks 8742 Youngstorget, 0028 Oslo")
    return compose_letter(subject=SUBJECT, request_number=number, html=body(), style=style)


def recipients(count: int, *, run: str) -> list[tuple[str, str]]:
    """Addresses that no other run uses, with a name each."""
    return [(f"{run}.nr{n}@innbygger.example", f"Kåre Nordmann {n}") for n in range(count)]
