"""What stays of a ticket's solution when a dispatch writes its report there."""

import pytest

from dispatch.closing.kept_solution import kept
from dispatch.core import DispatchKey
from dispatch.report import ReportPlace, stuck_note, unsolved_note

KEY = DispatchKey("9001-8001")
THEIRS = "<p>Avtalt på telefon, se journal 12/345</p>"


def a_fragment(reference: str) -> str:
    return stuck_note(status="Til ekspedering", reference=reference)


UNSOLVED = unsolved_note(why="nei", status="Løst", report=ReportPlace.SOLUTION)
OTHER = a_fragment("9001-8002/1")


@pytest.mark.parametrize("own", [f"{KEY}/1", f"{KEY}/2", f"{KEY}.stopp-1"])
@pytest.mark.parametrize(
    ("solution", "stays"),
    [
        ("", ""),
        (THEIRS, THEIRS),
        ("{own}", ""),
        (THEIRS + "{own}", THEIRS),
        ("{own}" + THEIRS, THEIRS),
        ("{own}{own}" + THEIRS, THEIRS),
        (OTHER + "{own}" + THEIRS, OTHER + THEIRS),
        ("{own}" + OTHER + THEIRS, OTHER + THEIRS),
        (UNSOLVED + "{own}" + THEIRS, THEIRS),
        (a_fragment("9001-80011/1"), a_fragment("9001-80011/1")),
        ('<div lang="nb">uten slutt', '<div lang="nb">uten slutt'),
        ("Referanse: 9001-8001/1", "Referanse: 9001-8001/1"),
    ],
)
def test_what_others_wrote_stays_and_what_this_dispatch_wrote_does_not(own: str, solution: str, stays: str):
    assert kept(solution.replace("{own}", a_fragment(own)), KEY) == stays.strip()
