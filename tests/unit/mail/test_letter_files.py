"""Pictures that go inside the letter, and files that go with it."""

import base64
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.core import NamesInUse, safe_file_name
from dispatch.core.file_names import LONGEST
from dispatch.mail import LetterStyle
from tests.letter_samples import LOGO, PNG, STYLE, a_file, a_png, composed

PLAIN = LetterStyle("Etaten")
DATA = "data:image/png;base64," + base64.b64encode(PNG).decode()


@pytest.mark.parametrize(
    "source",
    [
        "/attachment/download/3",
        "/agent/api/attachment/download/3",
        "https://kunde.pureservice.example/agent/api/attachment/download/3?inline=true",
        "cid:kart.png",
        "cid:kart.png@01DA2B3C.4D5E6F70",
        "kart.png",
        "KART.PNG",
        "./bilder/kart.png",
    ],
)
def test_a_picture_on_the_ticket_is_shown_in_the_letter_and_not_attached_too(source):
    letter = composed(f'<p>Hei</p><img src="{source}" alt="Kart">', attachments=[a_file()], style=PLAIN)

    assert [part.name for part in letter.inline] == ["kart.png"]
    assert f'src="cid:{letter.inline[0].content_id}"' in letter.html
    assert letter.attachments == ()


def test_a_picture_in_the_text_itself_becomes_a_part():
    letter = composed(f'<p>Hei</p><img src="{DATA}">', style=PLAIN)

    assert [(part.name, part.content_type, part.content) for part in letter.inline] == [
        ("bilde-1.png", "image/png", PNG)
    ]
    assert "data:" not in letter.html


def test_the_same_picture_twice_is_one_part():
    letter = composed(
        f'<p>Hei</p><img src="{DATA}"><img src="{DATA}"><img src="kart.png">', attachments=[a_file()], style=PLAIN
    )

    assert len(letter.inline) == 1
    assert letter.html.count(letter.inline[0].content_id) == 3


@pytest.mark.parametrize(
    "source",
    [
        "https://nett.example/kart.png",
        "https://nett.example/attachment/download/99",
        "//[x",
        "data:image/png;base64,!!",
    ],
)
def test_other_pictures_stay_as_they_are(source):
    letter = composed(f'<p>Hei</p><img src="{source}" alt="x">', attachments=[a_file()], style=PLAIN)

    assert f'src="{source}"' in letter.html
    assert [part.name for part in letter.attachments] == ["kart.png"]


def test_a_file_that_is_no_picture_is_never_shown_as_one():
    files = [a_file(content_type="application/pdf", name="kart.pdf")]

    assert composed('<p>Hei</p><img src="/attachment/download/3">', attachments=files, style=PLAIN).inline == ()


@pytest.mark.parametrize(
    ("image", "alternative"),
    [
        ('<img src="kart.png">', "kart.png"),
        ('<img src="kart.png" alt="Et kart">', "Et kart"),
        ('<img src="kart.png" alt="">', ""),
        ('<img src="kart.png" width="1" height="1">', ""),
        ('<img src="https://x.example/spacer.gif">', ""),
        ('<img src="kart.png" role="presentation">', ""),
        (f'<img src="{DATA}">', "Bilde 1"),
        ('<img src="https://x.example/a%22b.png">', "a&quot;b.png"),
    ],
)
def test_every_picture_has_a_text_in_its_place(image, alternative):
    assert f'alt="{alternative}"' in composed(f"<p>Hei</p>{image}", attachments=[a_file()], style=PLAIN).html


def test_content_ids_can_stand_in_a_header():
    letter = composed(
        '<p>Hei</p><img src="/attachment/download/3">', attachments=[a_file(name='a"\r\nb.png')], style=STYLE
    )

    assert [part.name for part in letter.inline] == ["a_b.png", "logo.png"]
    assert all(part.content_id.replace("-", "").replace("@", "").isalnum() for part in letter.inline)


def test_a_logo_that_is_named_like_a_picture_is_kept_apart():
    style = LetterStyle("E", logo=LOGO)
    letter = composed(
        '<p>Hei</p><img src="logo.png">', attachments=[a_file(name="logo.png", content=a_png(9, 9))], style=style
    )

    assert [part.name for part in letter.inline] == ["logo.png", "logo (2).png"]


def test_files_with_one_name_are_kept_apart():
    names = ["brev.pdf", "Brev.pdf", "brev (2).pdf", "brev.pdf"]
    files = [a_file(number, name, content_type="application/pdf") for number, name in enumerate(names)]

    assert [part.name for part in composed("<p>Hei</p>", attachments=files).attachments] == [
        "brev.pdf",
        "Brev (2).pdf",
        "brev (2) (2).pdf",
        "brev (3).pdf",
    ]


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
