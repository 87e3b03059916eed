"""Names of files: safe on every machine, short, and apart from each other."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.core import NamesInUse, safe_file_name
from dispatch.core.file_names import LONGEST


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Brukere\\kåre\\Søknad.docx", "Søknad.docx"),
        ("Blåbærsyltetøy ÆØÅ.pdf", "Blåbærsyltetøy ÆØÅ.pdf"),
        ("a\u030a.pdf", "å.pdf"),
        ("brev\r\n.pdf", "brev.pdf"),
        ("brev\u202efdp.exe", "brevfdp.exe"),
        ("con.txt", "_con.txt"),
        ("LPT1", "_LPT1"),
        ("  . ", "vedlegg"),
        ("", "vedlegg"),
        ("..", "vedlegg"),
        (".gitignore", "gitignore"),
        ('a<b>"c"|?.txt', "a_b__c___.txt"),
    ],
)
def test_a_file_name_is_made_safe(name, safe):
    assert safe_file_name(name) == safe


def test_a_long_name_keeps_its_ending():
    safe = safe_file_name("å" * 400 + ".pdf")

    assert len(safe) == LONGEST
    assert safe.endswith(".pdf")


@given(st.lists(st.text(max_size=200), max_size=8))
def test_names_are_safe_short_and_different_whatever_they_were(names):
    used = NamesInUse()
    made = [used.unique(name) for name in names]

    assert len({name.casefold() for name in made}) == len(made)
    for name in made:
        assert 0 < len(name) <= LONGEST
        assert not set(name) & set('/\\:*?"<>|')
        assert name.strip(" .") == name
        assert not any(unicodedata.category(sign)[0] == "C" for sign in name)
