"""Pictures that go inside the letter, and files that go with it."""

import base64

import pytest

from dispatch.mail import LetterStyle
from tests.letter_samples import LOGO, PNG, STYLE, Tags, a_file, a_png, composed

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
        "//nett.example/kart.png",
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
    "source",
    [
        "//[x",
        "data:image/png;base64,!!",
        "data:text/html,x",
        "file:///C:/Users/kari/kart.png",
        "blob:https://etat.example/kart.png",
        "webkit-fake-url://ABC/kart.png",
        "/attachment/download/99",
        "cid:borte.png",
        "C:\\bilder\\borte.png",
        "",
    ],
)
def test_a_picture_that_no_reader_could_open_leaves_its_text(source):
    letter = composed(f'<p>Se <img src="{source}" alt="Bredt &amp; fint"> her</p>', attachments=[a_file()], style=PLAIN)

    assert "<p>Se [Bredt &amp; fint] her</p>" in letter.html
    assert letter.problems == (
        "Bildet «Bredt & fint» vises ikke for mottakerne. Legg det ved saken eller lim det inn på nytt.",
    )


@pytest.mark.parametrize(
    ("image", "width", "height"),
    [
        ('style="width:300px"', "300", None),
        ('style="width:50%"', "50%", None),
        ('style="width:3cm;height:1cm"', "113", "38"),
        ('style="WIDTH: 30PT"', "40", None),
        ('style="max-width:200px"', "200", None),
        ('style="max-width:900px"', "640", None),
        ('style="max-width:100%"', None, None),
        ('style="width:600px;max-width:200px"', "200", None),
        ('width="500" style="max-width:200px"', "200", None),
        ('width="25%"', "25%", None),
        ('height="40"', None, "40"),
        ('style="width:auto;height:auto"', None, None),
        ('style="width:calc(1px + 2px)"', None, None),
        ('style="width:-3px;height:0"', None, None),
        ('class="liten"', "120", None),
    ],
)
def test_the_size_of_a_picture_is_said_to_outlook_too(image, width, height):
    sheet = "<style>.liten {width: 120px}</style>"
    letter = composed(
        f'{sheet}<p>Hei</p><img src="kart.png" alt="" {image}>',
        attachments=[a_file(content=a_png(640, 2))],
        style=PLAIN,
    )
    shown = next(attributes for tag, attributes in Tags(letter.html).found if tag == "img")

    assert (shown.get("width"), shown.get("height")) == (width, height)


@pytest.mark.parametrize(
    ("image", "width"), [('height="40"', "80"), ('style="height:40px"', "80"), ('height="0"', None)]
)
def test_a_height_alone_has_its_width_since_the_sheet_frees_the_height_of_pictures(image, width):
    letter = composed(f'<p>Hei</p><img src="kart.png" alt="Kart" {image}>', attachments=[a_file()], style=PLAIN)
    shown = next(attributes for tag, attributes in Tags(letter.html).found if tag == "img")

    assert shown.get("width") == width


@pytest.mark.parametrize(
    ("file", "said"),
    [
        (a_file(8, "bilde.jpg", content=b"\0\0\0\x18ftypheic\0\0"), "er et HEIC-bilde, som mange ikke kan åpne"),
        (a_file(8, "tegning.emf", content=b"\1\0\0\0" + b"\0" * 36 + b" EMF"), "er et EMF-bilde"),
        (a_file(8, "merke.svg", content_type="", content=b'<?xml version="1.0"?><svg>'), "er et SVG-bilde"),
        (a_file(8, "skann.tif", content=b"II*\0"), "er et TIFF-bilde"),
        (a_file(8, "WINMAIL.DAT", content=b"x"), "kan bare åpnes i Outlook"),
        (a_file(8, "ATT001.dat", content=b"\x78\x9f\x3e\x22"), "kan bare åpnes i Outlook"),
        (a_file(8, "brev.pdf", content_type="application/pdf", content=b""), "er tomt (0 byte)"),
    ],
)
def test_a_file_that_recipients_can_not_open_is_told(file, said):
    (problem,) = composed("<p>Hei</p>", attachments=[file]).problems

    assert problem.startswith(f"Vedlegget «{file.name}» ")
    assert said in problem


def test_a_picture_in_the_letter_of_a_rare_kind_is_told():
    file = a_file(content=b"\0\0\0\x18ftypmif1\0\0")
    letter = composed('<p>Hei</p><img src="kart.png" alt="Kart">', attachments=[file], style=PLAIN)

    assert letter.problems == (
        "Bildet «kart.png» er et HEIC-bilde, som mange e-postprogrammer ikke viser. "
        "Lagre det som JPEG eller PNG, og sett det inn på nytt.",
    )


def test_ordinary_files_are_not_told():
    files = [a_file(4), a_file(5, "brev.pdf", content_type="application/pdf", content=b"%PDF-1.7")]

    assert composed("<p>Hei</p>", attachments=files).problems == ()


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
