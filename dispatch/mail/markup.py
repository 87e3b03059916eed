"""Makes a case worker's HTML safe to send: nothing active survives, and the look of it does.

Read within bounds, parsed as a browser does, held to a policy, styles written into the elements, and then through a
second sanitiser that shares no code with the first. Nothing here reads a document by an expression of ours.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dispatch.core import Rejected
from dispatch.document import GROWING
from dispatch.mail.conditions import keep_pairs
from dispatch.mail.image_sizes import outlook_sizes
from dispatch.mail.inlining import inlined
from dispatch.mail.links import base_of, whole_address
from dispatch.mail.merge_marks import FieldMarks
from dispatch.mail.policy import DROPPED, HIDES_IN_OUTLOOK, gated, is_inert, sanitised
from dispatch.mail.reading import DEEPEST, TOO_DEEP, read

if TYPE_CHECKING:
    from turbohtml import Document, Node

__all__ = ["Attributes", "Image", "Markup", "cleaned"]

LANGUAGE = "nb"
_LANGUAGES = {"no": LANGUAGE, "nb": LANGUAGE, "nn": "nn"}
_LANGUAGE_TAG = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{2,8})*", re.IGNORECASE)
_TOO_DEEP = ">".join(["*"] * (DEEPEST + 3))  # html and body stand above
_BROUGHT_BACK = "[style*=font], [style*=visibility], font, img"
_SIDES = ("height", "max-height", "max-width", "width")
_HIDDEN = f"display: none; {HIDES_IN_OUTLOOK}: all"
_LONGEST_NAMED = 60
_BASE_USED = "Lenker og bilder uten hele adressen er gjort hele etter «{base}». Se etter at de stemmer."
_BASE_LOST = (
    "Meldingen bygger på adressen «{base}», og den følger ikke med i en e-post. "
    "Alle lenker og bilder må ha hele adressen."
)

Attributes = dict[str, str]
Image = Callable[[Attributes, str], Attributes]


@dataclass(frozen=True, slots=True)
class Markup:
    """Cleaned HTML: what stands in the body, what must stay a style sheet, and what the document said of itself."""

    body: str
    styles: str = ""
    whole: bool = False
    language: str = LANGUAGE
    body_attributes: str = ""
    has_heading: bool = False
    is_empty: bool = False
    problems: tuple[str, ...] = ()


def cleaned(
    html: str,
    *,
    image: Image = lambda attributes, _base: attributes,
    size_of: Callable[[str], tuple[int, int]] = lambda _source: (0, 0),
    marks: FieldMarks | None = None,
) -> Markup:
    """The HTML without anything active. ``image`` may change an image's attributes; without a source it becomes text.

    What it is given besides is the address that relative ones go by, empty where there is none.

    ``size_of`` says how large the picture with a source is, in pixels; (0, 0) where nobody knows. ``marks`` puts a mark
    where each field is written.

    Raises:
        Rejected: it is too large or too deep for e-mail.
    """
    from turbohtml import parse

    reading = read(html)
    # What stands first, a comment for Outlook among it, belongs to the text and not to the head.
    document = parse(reading.html if reading.whole else f"<body>{reading.html}", positions=False)
    if document.select_one(_TOO_DEEP):
        raise Rejected([TOO_DEEP])
    document.remove(DROPPED)
    _stand_anywhere(document)
    if marks:
        marks.in_document(document)
    base = base_of(document)
    problems = tuple(dict.fromkeys(_told_links(document, base)))
    _take_images(document, image, base)
    for element in document.select("[hidden]"):
        element.attrs["style"] = f"{element.attr('style') or ''};display:none"
    document, styles = inlined(sanitised(document))
    has_comments = _finished(document, size_of)
    body = document.select_one("body")
    assert body is not None, "the parser always makes one"
    return Markup(
        body=gated(body.inner_html, comments=has_comments).strip(),
        styles=styles,
        whole=reading.whole,
        language=_language(document) if reading.whole else LANGUAGE,
        body_attributes=_attributes_of(body) if reading.whole else "",
        has_heading=body.select_one("h1") is not None,
        is_empty=not body.text.strip() and body.select_one("img") is None,
        problems=problems,
    )


def _stand_anywhere(document: "Document") -> None:
    """Makes it the same tree for whoever reads it next: a paragraph can hold a table only where no doctype is given."""
    for paragraph in document.select("p:has(table)"):
        paragraph.tag = "div"
        paragraph.attrs["style"] = f"margin:0 0 16px;{paragraph.attr('style') or ''}"
    document.remove("a[href]:empty:not([name]):not([id])")


def _told_links(document: "Document", base: str) -> Iterator[str]:
    """Makes links whole where only the scheme or the base is missing, and says which ones nobody can follow."""
    for element in document.select("base[href]")[:1]:
        yield (
            _BASE_USED.format(base=_named(base)) if base else _BASE_LOST.format(base=_named(element.attr("href") or ""))
        )
    for link in document.select("a[href]"):
        target = (link.attr("href") or "").strip()
        whole = whole_address(target, base)
        if whole:
            link.attrs["href"] = whole
        elif target and not target.startswith("#"):
            yield (
                f"Lenken «{_named(link.text) or _named(target)}» går til «{_named(target)}», og dit kommer ikke "
                "mottakerne. Skriv hele adressen (https://...), eller legg filen ved saken."
            )


def _named(text: str) -> str:
    short = " ".join(text[: 4 * _LONGEST_NAMED].split())
    return short if len(short) <= _LONGEST_NAMED else f"{short[: _LONGEST_NAMED - 1]}…"


def _take_images(document: "Document", image: Image, base: str) -> None:
    from turbohtml import Text

    for element in document.select("img"):
        taken = image({name: element.attr(name) or "" for name in element.attrs}, base)
        if taken.get("src"):
            for name, value in taken.items():
                element.attrs[name] = value
        elif alternative := taken.get("alt", "").strip():
            element.replace_with(Text(f"[{alternative}]"))
        else:
            element.extract()


def _finished(document: "Document", size_of: Callable[[str], tuple[int, int]]) -> bool:
    """What is left to do when every style stands in its element. Returns whether there are comments for Outlook."""
    known: dict[str, _Style] = {}  # many elements have the same
    for element in document.select("[style]"):
        text = element.attr("style") or ""
        style = known.get(text) or known.setdefault(text, _style(text))
        # What lies inside may have a size of its own, as columns have that stand without a gap between them.
        squeezed = style.squeezes and element.tag not in GROWING
        if style.hides or squeezed or (style.vanishes and element.select_one(_BROUGHT_BACK) is None):
            element.attrs["style"] = style.hidden
        elif not style.text:
            del element.attrs["style"]
        elif style.text != text:
            element.attrs["style"] = style.text
    for element in document.select("img"):
        for name, value in outlook_sizes(element, size_of).items():
            element.attrs[name] = value
    return keep_pairs(document)


@dataclass(frozen=True, slots=True)
class _Style:
    """An element's style as it may stand; ``hidden`` says to every mail program that nothing is shown."""

    text: str
    hidden: str
    hides: bool
    squeezes: bool
    vanishes: bool


def _style(text: str) -> _Style:
    from turbohtml.cssom import StyleDeclaration

    style = StyleDeclaration.parse(text)
    values = {name: style[name] for name in style}
    written = {
        name: f"{name}: {value}{' !important' if style.important(name) else ''}; "
        for name, value in values.items()
        if is_inert(value)
    }
    zero = {name for name in ("opacity", "font-size", *_SIDES) if _is_zero(values.get(name, ""))}
    return _Style(
        text=text if is_inert(text) else "".join(written.values()),
        hidden="".join(said for name, said in written.items() if name != "display") + _HIDDEN,
        hides=values.get("display") == "none" or "opacity" in zero,
        squeezes=not zero.isdisjoint(_SIDES) and values.get("overflow") == "hidden",
        vanishes="font-size" in zero or values.get("visibility") == "hidden",
    )


def _is_zero(value: str) -> bool:
    return value.rstrip("abcdefghijklmnopqrstuvwxyz%").strip() in {"0", "0.0", ".0"}


def _language(document: "Document") -> str:
    """The document's language; Word and Outlook write ``NO-BOK`` and the like, which is not a language tag."""
    tag = ((document.root.attr("lang") if document.root else None) or LANGUAGE)[:_LONGEST_NAMED]
    primary = tag.lower().split("-")[0]
    if primary in _LANGUAGES:
        return "nn" if tag.lower() == "no-nyn" else _LANGUAGES[primary]
    return tag if _LANGUAGE_TAG.fullmatch(tag) else LANGUAGE


def _attributes_of(body: "Node") -> str:
    from turbohtml import Element

    assert isinstance(body, Element)
    bare = Element("div", {name: body.attr(name) for name in body.attrs})
    return gated(bare.html).removeprefix("<div").removesuffix("></div>")
