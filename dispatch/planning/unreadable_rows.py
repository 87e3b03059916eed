"""What a case worker reads of what Pureservice refused, or of a row of it that can't be read."""

from collections.abc import Sequence

from dispatch.core import AnswerLacking, TicketSystemRefused, UnreadableRow

# What a case worker calls a row of each kind.
NOUNS = {
    "ticket": "saken",
    "communication": "meldingen",
    "attachment": "vedlegget",
    "relation": "relasjonen",
    "relationtype": "relasjonstypen",
    "asset": "mottakerlisten",
    "assettype": "eiendelstypen",
    "status": "statusen",
    "user": "brukeren",
    "company": "firmaet",
    "address": "e-postadressen",
    "email": "e-posten",
}


def unreadable(kind: str, row: int, fields: Sequence[str]) -> str:
    """The problem that a row of Pureservice can't be read, in words that help to find it."""
    noun = NOUNS.get(kind, kind)
    which = f"{noun} med id {row}" if row else f"{noun} (uten id)"
    return (
        f"Pureservice Utsendelse kan ikke lese {which}: feltet {', '.join(fields)} har en verdi som ikke kan brukes. "
        "Se om den kan rettes i Pureservice, eller be den som drifter løsningen om hjelp."
    )


def refusal(error: TicketSystemRefused) -> str:
    """What the case worker is told where Pureservice refused a look-up, or gave a row that can't be read."""
    if isinstance(error, UnreadableRow):
        return unreadable(error.noun, error.row, error.fields)
    if isinstance(error, AnswerLacking):
        return f"{error.words} Be den som drifter løsningen om å se på det."
    # What we call it ourselves is English, and stands in the log.
    asked = "Pureservice svarte nei på et oppslag"
    said = f"{asked}: «{error.words[:300]}»." if error.words else f"{asked}."
    return (
        f"{said} Det gjelder trolig oppsettet av Pureservice Utsendelse; be den som drifter løsningen om å rette det."
    )
