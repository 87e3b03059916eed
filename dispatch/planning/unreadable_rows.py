"""What a case worker reads of a row of Pureservice that can't be read."""

from collections.abc import Sequence

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
