"""A reference is known again as a whole: one that only begins like it is another."""

import pytest

from dispatch.core import is_named_in


@pytest.mark.parametrize("text", ["Referanse: 9001-8001/1", "<p>9001-8001/1</p>", "9001-8001/1-utsatt og 9001-8001/1"])
def test_the_reference_itself_is_found(text):
    assert is_named_in("9001-8001/1", text)


@pytest.mark.parametrize(
    "text", ["", "9001-8001/1-utsatt", "9001-8001/12", "19001-8001/1", "9001-8001/1.csv", "utsendelse-9001-8001/1"]
)
def test_a_longer_reference_is_another(text):
    assert not is_named_in("9001-8001/1", text)
