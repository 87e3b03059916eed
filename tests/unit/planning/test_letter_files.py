"""A picture that the text shows is a file of the message, by its number and by no number that begins with it."""

import pytest

from dispatch.core import AttachmentInfo
from dispatch.planning.letter_files import is_shown_in


@pytest.mark.parametrize(
    ("html", "shown"),
    [
        ("<img src='/attachment/download/3'>", True),
        ("<img src='https://kunde.example/agent/api/attachment/download/3?inline=true'>", True),
        ("<img src='/attachment/download/31'>", False),
        ("<p>attachment 3</p>", False),
    ],
)
def test_a_file_is_known_by_its_number(html, shown):
    assert is_shown_in(html, AttachmentInfo(3, "kart.png", "image/png", 10)) is shown
