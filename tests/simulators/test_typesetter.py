"""The typesetter that the worlds and stages share: the real one's pages, made once for every different job."""

import itertools
from dataclasses import replace

import pytest

from dispatch.core import Letter, Part
from dispatch.typesetting import Job, PdfError, set_letter
from local.typesetter import set_once
from tests.builders import NOON

JOB = Job(Letter("Emne", "<p>Hei</p>", "Hei"), "Tittel", "Etaten", NOON, "nb", "Sak 1", (("Sak", "1"),))
OTHERS = [
    replace(JOB, letter=replace(JOB.letter, html="<p>Hallo</p>")),
    replace(JOB, letter=replace(JOB.letter, inline=(Part("a.png", "image/png", b"a"),))),
    replace(JOB, title="En annen"),
    replace(JOB, author="En annen"),
    replace(JOB, created=NOON.replace(year=2001)),
    replace(JOB, language="nn"),
    replace(JOB, footer="Sak 2"),
    replace(JOB, facts=(("Sak", "2"),)),
    replace(JOB, words={"page": "Side", "of": "av totalt"}),
]


def test_it_gives_the_page_that_the_real_one_gives():
    assert set_once(JOB, seconds=30) == set_letter(JOB, seconds=30)
    assert set_once(JOB, seconds=30) == set_letter(JOB, seconds=30)


def test_no_two_different_jobs_share_a_page():
    pages = [set_once(job, seconds=30) for job in (JOB, *OTHERS)]

    assert all(one is not other for one, other in itertools.combinations(pages, 2))


def test_the_same_job_is_set_once():
    again = replace(JOB, letter=replace(JOB.letter), facts=list(JOB.facts), words=dict(JOB.words))

    assert set_once(again, seconds=30) is set_once(JOB, seconds=30)


def test_what_could_not_be_set_is_no_page():
    job = replace(JOB, letter=replace(JOB.letter, html="<p>ཀ་ ᚠ</p>"))
    for _ in range(2):
        with pytest.raises(PdfError):
            set_once(job, seconds=30)
