"""Letters with anything in anything, each from its number: what people paste, and what nobody would write by hand."""

import random
from collections.abc import Callable

WORDS = ["Etat", "frist", "15.", "100", "kr", "Bærum", "svar", "nr.", "2027-01-15", "Ærlig", "høring", "\u2028"]
WORDS += ["&amp;", "&#8364;", "&nbsp;", "x&shy;y", "<b>fet</b>", "<i>k</i>", "(https://etat.example/p)", "“sitat”"]
# Signs that a plain text draws with, and marks of lists, written by people.
WORDS += ["&gt;", "|", "||", "--", "--|--", "/", "-", "•", "a.", "&gt; 10", "A | B", "&lt;kari@etat.example&gt;"]
# Each ends from left to right: of two that stand beside each other, a page alone doesn't tell which comes first.
FROM_RIGHT = ["שלום ok", "مرحبا ok", "<bdi>سلام</bdi> ok", '<span dir="rtl">שלום</span> ok', '<bdo dir="ltr">abc</bdo>']
TARGETS = ["https://etat.example/a", "mailto:post@etat.example", "//etat.example/b", "tel:22334455", "sida.html", "#a"]
HIDDEN = [
    "display:none",
    "visibility:hidden",
    "font-size:0",
    "opacity:0",
    "max-height:0;overflow:hidden",
    "width:0;overflow:hidden",
]
SHOWN = ["visibility:visible", "font-size:12px", "white-space:pre", "white-space:pre-line", "white-space:pre-wrap"]
SHOWN += ["mso-hide:all", "display:block", "display:inline-block", "text-transform:uppercase", "float:left"]
SPANS = ["", "", "", " colspan=2", " rowspan=2", " rowspan=0", " colspan=3", " colspan=2 rowspan=2", " rowspan=9"]
LISTS = ["ul", "ol", 'ol type="a"', 'ol start="3" type="i"', "ol reversed", 'ul style="list-style:none"']
DEEPEST = 4


def a_letter(number: int) -> str:
    """The letter of that number, a few blocks long."""
    return _Author(random.Random(number)).letter()


class _Author:
    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._words = WORDS + (FROM_RIGHT if chance.random() < 0.1 else [])

    def letter(self) -> str:
        sheet = "<style>.s{display:none}.p{white-space:pre-line}</style>" if self._chance.random() < 0.2 else ""
        return sheet + "".join(self.block(0) for _ in range(self._chance.randint(1, 3)))

    def one(self, *choices: Callable[[], str]) -> str:
        return self._chance.choice(choices)()

    def words(self) -> str:
        return " ".join(self._chance.choice(self._words) for _ in range(self._chance.randint(1, 3)))

    def inline(self, depth: int = 0) -> str:
        if depth > 1 or self._chance.random() < 0.3:
            return self.words()
        inner = self.inline(depth + 1)
        pick = self._chance.choice
        return self.one(
            lambda: f"<span>{inner}</span>",
            lambda: f"{inner}<br>{inner}",
            lambda: f'<a href="{pick(TARGETS)}">{self.words()}<br>{self.words()}</a>',
            lambda: f'<a href="{pick(TARGETS)}">{inner}</a>',
            lambda: f'<img src="https://x.example/a.png" alt="{pick(["Kart", "Logo", ""])}">',
            lambda: f'<img src="{pick(["blob:x", "file:///c/a.png", "", "cid:a@b"])}" alt="Skisse">',
            lambda: f'<span style="{pick(SHOWN)}"> {self.words()}\n  {self.words()} </span>',
            lambda: f'<span style="{pick(HIDDEN)}">{inner}</span>',
            lambda: f"<span hidden>{inner}</span>",
            lambda: f'<span class="{pick("sp")}">{inner}\n{inner}</span>',
            lambda: f"<!--[if mso]>{self.words()}<![endif]--><![if !mso]>{inner}<![endif]>",
            lambda: f"<sup>{inner}</sup>",
            lambda: f"<b>{inner}<i>{self.words()}</b></i>",
        )

    def block(self, depth: int) -> str:
        if depth > DEEPEST:
            return f"<p>{self.inline()}</p>"
        return self.one(
            lambda: f"<p>{self.inline()} {self.inline()}</p>",
            lambda: f"<p>{self.inline()}",
            lambda: self.table(depth),
            lambda: self.table(depth),
            lambda: self.items(depth),
            lambda: self.items(depth),
            lambda: f"<blockquote>{self.block(depth + 1)}</blockquote>",
            lambda: f"<dl><dt>{self.inline()}<dd>{self.block(depth + 1)}<dd>{self.inline()}</dl>",
            lambda: f"<div>{self.inline()}{self.block(depth + 1)}{self.inline()}</div>",
            lambda: f'<div style="{self._chance.choice(HIDDEN + SHOWN)}">{self.block(depth + 1)}</div>',
            lambda: f"<h{self._chance.randint(1, 4)}>{self.inline()}</h2>",
            lambda: f'<a href="https://etat.example/b"><div>{self.words()}</div><p>{self.words()}</p></a>',
            lambda: f"<pre>{self.words()}\n {self.words()}</pre>",
            lambda: f"<hr><center>{self.block(depth + 1)}</center>",
            lambda: f"<p>{self.inline()}<div>{self.block(depth + 1)}</p>{self.inline()}",
        )

    def items(self, depth: int) -> str:
        tag = self._chance.choice(LISTS)
        items = "".join(
            f"<li>{self.inline()}{self.block(depth + 1) if self._chance.random() < 0.4 else ''}</li>"
            for _ in range(self._chance.randint(1, 3))
        )
        return f"<{tag}>{items}</{tag[:2]}>"

    def table(self, depth: int) -> str:
        groups = self._chance.choices(["thead", "tbody", "tbody", "tfoot"], k=self._chance.randint(1, 3))
        attributes = self._chance.choice(["", "", " role=presentation", " border=1", " dir=ltr"])
        caption = self._chance.choice(["", "", "<caption>Tittel</caption>"])
        rows = "".join(f"<{group}{self.odd_style()}>{self.rows(depth)}</{group}>" for group in groups)
        return f"<table{attributes}>{caption}{rows}</table>"

    def rows(self, depth: int) -> str:
        return "".join(
            f"<tr{self.odd_style()}>{''.join(self.cell(depth) for _ in range(self._chance.randint(0, 3)))}"
            for _ in range(self._chance.randint(1, 3))
        )

    def odd_style(self) -> str:
        """On a row or a group of them. One that clips hides what spans out of it by where it lies."""
        style = self._chance.choice(HIDDEN + SHOWN) if self._chance.random() < 0.1 else ""
        return f' style="{style}"' if style and "overflow" not in style else ""

    def cell(self, depth: int) -> str:
        style = self._chance.choice(["", "", "", " style='white-space:pre'", " style='display:none'"])
        style = self._chance.choice([style, style, style, " style='height:0;overflow:hidden'"])
        inner = self.block(depth + 1) if self._chance.random() < 0.4 else self.inline()
        return f"<{self._chance.choice(['td', 'td', 'th'])}{self._chance.choice(SPANS)}{style}>{inner}"
