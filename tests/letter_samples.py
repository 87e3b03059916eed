"""Letters as case workers write them, for the tests of letters and of their archive copies."""

import struct
import zlib
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from dispatch.core import Letter, Part
from dispatch.mail import FileOnTicket, LetterStyle, compose_letter
from dispatch.typesetting import Job, PdfFile, page, set_letter
from tests.builders import NOON


def a_png(width: int = 4, height: int = 2, color: tuple[int, int, int] = (11, 79, 158)) -> bytes:
    rows = (b"\0" + bytes(color) * width) * height
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )


CASES = Path(__file__).parent / "cases"
PNG = a_png()
LOGO = Part("logo.png", "image/png", a_png(320, 80))
STYLE = LetterStyle("Etaten for blåbær", logo=LOGO, footer="Postboks 1, 0001 Oslo\npost@etat.example")

ORDINARY = """
<p>Hei,</p><p>Vi sender <strong>forslaget</strong> på <em>høring</em>.</p>
<h2>Frister</h2>
<table><thead><tr><th>Dato</th><th>Hva skjer</th></tr></thead>
<tbody><tr><td>15. januar</td><td>Frist på <a href="https://etat.example/horing">høringssiden</a></td></tr></tbody></table>
<ul><li>Ett<ul><li>Under ett</li></ul></li><li>To</li></ul>
<p><img src="/attachment/download/3" alt="Kart over området" width="480"></p>
<hr><p>Hilsen<br>Kåre Ødegård</p>
"""

# What Outlook makes of a letter: nested tables, o:p, list marks in Symbol, a lang that is none, style with comments.
OUTLOOK = r"""<html xmlns:o="urn:schemas-microsoft-com:office:office" lang="NO-BOK"><head>
<meta name=Generator content="Microsoft Word 15">
<!--[if !mso]><style>v\:* {behavior:url(#default#VML);}</style><![endif]-->
<style><!-- p.MsoNormal {margin:0cm; font-size:11.0pt;} @list l0:level1 {mso-level-text:\F0B7;} --></style></head>
<body lang=NO-BOK link="#0563C1" style='background:#F3F3F3;word-wrap:break-word'><div class=WordSection1>
<table class=MsoNormalTable border=0 width="100%"><tr><td><div align=center>
<table class=MsoNormalTable border=0 width=600 style='width:450.0pt;background:white'>
<tr><td width=120><p class=MsoNormal>
<img width=160 src="cid:image001.png@01DA2B3C.4D5E6F70" alt="Etatens merke"><o:p></o:p></p></td>
<td><p class=MsoNormal align=right style='text-align:right'>
<b><span style='color:#1F3864'>Nyhetsbrev</span></b></p></td></tr>
<tr><td colspan=2><p class=MsoNormal>Hei <span style='font-family:Wingdings'>J</span><o:p></o:p></p>
<table class=MsoTableGrid border=1 style='border-collapse:collapse'>
<tr><td style='background:#D9E2F3'><p class=MsoNormal><b>Kommune</b></p></td>
<td><p class=MsoNormal><b>Svar</b></p></td></tr>
<tr><td><p class=MsoNormal>Bærum</p></td><td><p class=MsoNormal>Ja</p></td></tr></table>
<p class=MsoNormal>Mer informasjon kommer.<o:p></o:p></p></td></tr></table>
</div></td></tr></table></div></body></html>"""


class Tags(HTMLParser):
    """Every tag of a document, with its attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


def a_case(name: str) -> str:
    """One of the inputs that once went wrong, by the beginning of its name."""
    (file,) = CASES.glob(f"{name}-*.html")
    return file.read_text(encoding="utf-8")


def a_file(number: int = 3, name: str = "kart.png", **overrides: Any) -> FileOnTicket:
    values: dict[str, Any] = {"id": number, "name": name, "content_type": "image/png", "content": PNG, **overrides}
    return FileOnTicket(**values)


def composed(html: str = ORDINARY, **overrides: Any) -> Letter:
    values: dict[str, Any] = {"subject": "Høring", "request_number": 10234, "html": html, "style": STYLE, **overrides}
    return compose_letter(**values)


def set_here(letter: Letter) -> PdfFile:
    """As ``set_letter``, in this process: hundreds of letters in the time of a few."""
    job = Job(letter=letter, title="Brev", author="Etaten", created=NOON, language="nb", footer="", facts=())

    def runner(folder: Path) -> bool:
        page.write_result(folder)
        return True

    return set_letter(job, seconds=0, runner=runner)
