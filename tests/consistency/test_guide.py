"""The case workers' guide says what page and notes say: nobody has to guess which row is meant."""

import re

import pytest

from dispatch.core import Refusal
from dispatch.pacing import Waiting, Waits
from dispatch.report import refusal_text
from dispatch.web import words
from dispatch.wiring import now
from local.pictures import PICTURES
from local.world import ROOT

GUIDE = (ROOT / "docs" / "brukerveiledning.md").read_text(encoding="utf-8")
NOTES = ROOT / "dispatch" / "report" / "templates"


def table(head: str) -> list[str]:
    """The first cells of the rows under the heading with that first cell."""
    lines = iter(GUIDE.splitlines())
    next(line for line in lines if line.startswith(f"| {head} |"))
    next(lines)
    rows: list[str] = []
    for line in lines:
        if not line.startswith("|"):
            break
        rows.append(line.split("|")[1].strip())
    return rows


def said_on_the_page() -> dict[tuple[Waits, Refusal | None], str]:
    """What the page says of each wait, and of each kind of refusal where it is one."""
    moment = now()
    refused = (Waits.REFUSED, Waits.EXCHANGE_REFUSED, Waits.HELD)
    every = [(what, about) for what in Waits for about in (Refusal if what in refused else (None,))]
    return {
        (what, about): words.waits_text(
            Waiting(what, since=moment, about=about, by_exchange=what is Waits.EXCHANGE_REFUSED, count=2), moment
        )
        for what, about in every
    }


def parts(row: str) -> list[str]:
    """The words of a row, without what stands for a value."""
    return [part for part in (part.strip(" .,") for part in re.split(r"kl\. …|…|[,;] (?=eFormidling)", row)) if part]


@pytest.mark.parametrize("row", table("Siden sier"))
def test_the_page_says_what_the_guide_explains(row: str):
    every = " ".join(said_on_the_page().values())

    assert [part for part in parts(row) if part not in every] == []


def test_the_guide_explains_all_that_the_page_says():
    rows = [parts(row) for row in table("Siden sier")]
    unexplained = [
        key
        for key, said in said_on_the_page().items()
        if said and not any(part in said for row in rows for part in row)
    ]

    assert unexplained == []


def test_the_guide_knows_every_note_by_its_heading():
    headings: dict[str, str] = {}
    for file in sorted(NOTES.glob("*.html")):
        for heading in re.findall(r"<h3 style=\"{{ css\.title }}\">(.*?)</h3>", file.read_text(encoding="utf-8")):
            spoken = re.findall(r'"([^"]+)"', heading) or [heading]
            headings |= dict.fromkeys(spoken, file.name)
    rows = table("Notatet")
    own = {name for name, file in headings.items() if file == "own_ticket.html"}  # on the recipient's own ticket
    several = {"De nye meldingene er ikke sendt"}

    assert set(headings) - own - several - set(rows) == set()
    assert set(rows) - set(headings) == set()


@pytest.mark.parametrize("about", Refusal)
def test_what_refuses_is_named_with_what_it_looks_at_and_nothing_else(about: Refusal):
    mail, exchange = refusal_text(about), refusal_text(about, by_exchange=True)

    for text in (mail, exchange):
        assert text.what.endswith(".")
        assert text.remedy.startswith("Den som drifter løsningen, må ")
    assert not re.search(r"SPF|DKIM|svarteliste|[Ee]-post", f"{exchange.what} {exchange.remedy}")
    assert not re.search(r"integrasjonspunkt|eFormidling", f"{mail.what} {mail.remedy}")


def test_every_picture_of_the_pages_can_be_taken_anew():
    """One that nothing takes shows the product of long ago."""
    assert {path.stem for path in (ROOT / "docs" / "images").glob("*.png")} == set(PICTURES.values())
