"""The page on what is not known about Pureservice is the table that the tests run through."""

from local.questions_page import PAGE, page


def test_the_page_is_as_the_table() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run make settings"
