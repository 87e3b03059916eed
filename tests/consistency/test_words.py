"""One word for one thing: those that the glossary has replaced do not come back."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEXTS = [
    *(path for folder in ("dispatch", "local", "scripts") for path in sorted((ROOT / folder).rglob("*.py"))),
    *sorted((ROOT / "docs").rglob("*.md")),
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
]
INSTEAD = {
    r"mend(s|ed|ing)?": "fix",
    r"judg(e|es|ed|ing)": "decide, read, find",
    r"rolls?": "the recipients of a plan",
    r"lanes?": "sender",
    r"own cases?": "own ticket",
    r"by (itself|themselves)": "automatically, or on its own",
}
# The table's partition keeps the name that it was first written with. Words for people stay.
STAYS = re.compile(
    r'"lane"|``lane``|once called a lane|(write|read) lane`|by themselves in an envelope|"File by itself'
)


@pytest.mark.parametrize("old", INSTEAD)
def test_a_word_that_was_replaced_stays_away(old: str):
    word = re.compile(rf"\b{old}\b", re.IGNORECASE)
    found = [
        f"{path.relative_to(ROOT).as_posix()}:{number} {line.strip()}"
        for path in TEXTS
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if word.search(STAYS.sub("", line))
    ]

    assert found == [], f"say: {INSTEAD[old]}"


# The same for what case workers read: one Norwegian word for one thing, and the plain one.
BOKMAAL = [
    *sorted((ROOT / "dispatch").rglob("*.py")),
    *sorted((ROOT / "dispatch").rglob("*.html")),
    ROOT / "docs" / "brukerveiledning.md",
]
PLAINER = {
    r"brev(et|ene|er)?": "melding",
    r"uvisst": "usikkert",
    r"oppbevaringstid(en)?": "lagringstiden",
    r"av seg selv": "automatisk",
    r"statusen som sender": "statusen den sendes fra",
    r"(det som|dem som|de som|som) alt (er|var|har)": "allerede",
    r"fryses|frosset|frosne": "låses",
    r"om å rette PURESERVICE_|, PURESERVICE_": "uten navnet på innstillingen",
    r"dem som feilet": "dem som ikke fikk den",
    r"håp om": "mulig",
    r"forsendelsesmåte": "hvordan meldingen skal sendes",
    r"levetiden": "kvitterte ikke i tide",
    r"neste gang timeren": "innen fem minutter",
}
# Names in addresses and in styles, eFormidling's own kind of document, and what the operator's doctor says.
NAMED = re.compile(r'/brev\b|"brev"|class="brev"|o-brev|"Brev" if main|brev["}]')


@pytest.mark.parametrize("old", PLAINER)
def test_a_norwegian_word_that_was_replaced_stays_away(old: str):
    word = re.compile(rf"\b({old})\b" if old[-1] != "_" else old, re.IGNORECASE)
    found = [
        f"{path.relative_to(ROOT).as_posix()}:{number} {line.strip()}"
        for path in BOKMAAL
        if path.parent.name != "doctor"
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if word.search(NAMED.sub("", line))
    ]

    assert found == [], f"say: {PLAINER[old]}"
