"""Makes a case worker's HTML safe to send: nothing active survives, and the look of it does.

nh3 parses as a browser does and writes the one canonical form (quoted attributes, escaped text), so what comes after it
can be read token by token.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from html import escape, unescape

LANGUAGE = "nb"
DEEPEST = 200  # HTML readers cut what lies deeper than 256, without a word

_KEPT = """
a abbr acronym address article aside b bdi bdo big blockquote br caption center cite code col colgroup dd del dfn div
dl dt em figcaption figure font footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd li main mark ol p pre q s samp section
small span strike strong style sub sup table tbody td tfoot th thead time tr tt u ul var wbr
"""
_DROPPED_WITH_CONTENT = """
applet audio canvas embed frameset iframe math noembed noframes noscript object script select svg template textarea
title video xml
"""
_BOX = frozenset({"align", "valign", "bgcolor", "width", "height"})
_CELL = _BOX | {"colspan", "rowspan", "headers", "scope", "nowrap", "abbr"}
_ATTRIBUTES = {
    "*": frozenset({"style", "class", "id", "dir", "lang", "title", "role", "align", "aria-label", "aria-hidden"}),
    "a": frozenset({"href", "name", "hreflang"}),
    "img": frozenset({"src", "alt", "width", "height", "border", "hspace", "vspace"}),
    "font": frozenset({"color", "face", "size"}),
    "table": _BOX | {"border", "cellpadding", "cellspacing", "summary", "frame", "rules", "bordercolor"},
    "td": _CELL,
    "th": _CELL,
    "tr": _BOX,
    "col": _BOX | {"span"},
    "colgroup": _BOX | {"span"},
    "ol": frozenset({"start", "type", "reversed"}),
    "ul": frozenset({"type"}),
    "li": frozenset({"value", "type"}),
    "hr": frozenset({"width", "size", "color", "noshade"}),
    "blockquote": frozenset({"cite"}),
    "del": frozenset({"datetime"}),
    "ins": frozenset({"datetime"}),
    "time": frozenset({"datetime"}),
    "style": frozenset({"type"}),
}
_LINKS = re.compile(r"(?:https?|mailto|tel|sms):|#|/|[^:]*$", re.IGNORECASE)
_SOURCES = re.compile(r"(?:https?|cid):|data:image/|/|[^:]*$", re.IGNORECASE)
_SCHEMES = {"http", "https", "mailto", "tel", "sms", "cid", "data"}

_UNSEEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_CSS_COMMENT = re.compile(r"/\*.*?(?:\*/|$)|<!--|-->", re.DOTALL)
# A backslash can spell any of these in another way; no declaration that people rely on has one.
_ACTIVE_CSS = re.compile(
    r"[^;{}]*(?:\\|<|url\s*\(|image-set\s*\(|expression\s*\(|@import|behaviou?r\s*:|-moz-binding|javascript:)[^;{}]*",
    re.IGNORECASE,
)
_TOKEN = re.compile(
    r"<!--(?P<comment>.*?)-->|<style[^>]*>(?P<css>.*?)</style>"
    r'|<(?P<tag>[a-z][a-z0-9]*)(?P<attributes>(?: [a-z-]+="[^"]*")*)>|(?P<end></[a-z][a-z0-9]*>)',
    re.DOTALL,
)
_ATTRIBUTE = re.compile(r' ([a-z-]+)="([^"]*)"')
_CONDITION = re.compile(r"\[if [^\]<>]{1,60}\]>(?P<body>.*)<!(?:\[endif\])?", re.DOTALL | re.IGNORECASE)
_END_OF_CONDITION = "<![endif]"
_GHOST_TAG = re.compile(
    r"</?(?:table|tbody|tr|td|div|span|p|br|center)(?P<attributes>(?:\s+[a-z-]+=(?:\"[^\"<>]*\"|'[^'<>]*'|[\w%#.-]+))*)"
    r"\s*/?>",
    re.IGNORECASE,
)
_ACTIVE_ATTRIBUTE = re.compile(r"\s(?:on|src|href|background|action)", re.IGNORECASE)
_VOID = frozenset({"br", "col", "hr", "img", "wbr"})

_WHOLE = re.compile(r"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype|html)\b", re.DOTALL | re.IGNORECASE)
_HTML_TAG = re.compile(r"<html\b[^>]*?\slang\s*=\s*[\"']?([\w-]+)", re.IGNORECASE)
_BODY_TAG = re.compile(r"<body\b((?:[^>\"']|\"[^\"]*\"|'[^']*')*)>", re.IGNORECASE)
_LANGUAGES = {"no": LANGUAGE, "nb": LANGUAGE, "nn": "nn"}
_LANGUAGE_TAG = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{2,8})*", re.IGNORECASE)

Attributes = dict[str, str]
Image = Callable[[Attributes], Attributes | None]


@dataclass(frozen=True, slots=True)
class Markup:
    """Cleaned HTML: what stands in the body, the style sheets apart, and what the whole document said of itself."""

    body: str
    styles: str = ""
    whole: bool = False
    language: str = LANGUAGE
    body_attributes: str = ""
    depth: int = 0


def is_whole_document(html: str) -> bool:
    """Whether the text brings its own doctype or html element, and so its own layout."""
    return _WHOLE.match(html.removeprefix("\ufeff")) is not None


def language_of(html: str) -> str:
    """The document's language; Word and Outlook write ``NO-BOK`` and the like, which is not a language tag."""
    found = _HTML_TAG.search(html)
    tag = found.group(1) if found else LANGUAGE
    primary = tag.lower().split("-")[0]
    if primary in _LANGUAGES:
        return "nn" if tag.lower() == "no-nyn" else _LANGUAGES[primary]
    return tag if _LANGUAGE_TAG.fullmatch(tag) else LANGUAGE


def cleaned(html: str, *, image: Image = lambda attributes: attributes) -> Markup:
    """The HTML without anything active. ``image`` may change an image's attributes, or drop it by returning None."""
    whole = is_whole_document(html)
    body, styles, depth = _tokens(_sanitised(html), image)
    return Markup(
        body=body.strip(),
        styles=styles,
        whole=whole,
        language=language_of(html) if whole else LANGUAGE,
        body_attributes=_body_attributes(html) if whole else "",
        depth=depth,
    )


def safe_css(css: str) -> str:
    """The declarations that fetch nothing and run nothing."""
    return _ACTIVE_CSS.sub("", _CSS_COMMENT.sub("", css)).strip()


def attributes_of(text: str) -> Attributes:
    """Attributes of a canonical tag, by name."""
    return {name: unescape(value) for name, value in _ATTRIBUTE.findall(text)}


def _sanitised(html: str) -> str:
    import nh3

    return nh3.clean(
        _UNSEEN.sub("", html),
        tags=set(_KEPT.split()),
        clean_content_tags=set(_DROPPED_WITH_CONTENT.split()),
        attributes={tag: set(names) for tag, names in _ATTRIBUTES.items()},
        attribute_filter=_attribute,
        strip_comments=False,
        link_rel=None,
        url_schemes=_SCHEMES,
    )


def _attribute(_tag: str, name: str, value: str) -> str | None:
    if name == "style":
        return safe_css(value) or None
    if name == "href":
        return value if _LINKS.match(value.strip()) else None
    if name == "src":
        return value if _SOURCES.match(value.strip()) else None
    return value


def _tokens(html: str, image: Image) -> tuple[str, str, int]:
    styles: list[str] = []
    depth = deepest = 0

    def kept(token: re.Match[str]) -> str:
        nonlocal depth, deepest
        if token["css"] is not None:
            styles.append(safe_css(token["css"]))
            return ""
        if token["comment"] is not None:
            return token[0] if _is_harmless_condition(token["comment"]) else ""
        if token["end"]:
            depth -= 1
        elif token["tag"] == "img":
            return _image_tag(image(attributes_of(token["attributes"])))
        elif token["tag"] not in _VOID:
            depth += 1
            deepest = max(deepest, depth)
        return token[0]

    body = _TOKEN.sub(kept, html)
    return body, "\n".join(filter(None, styles)), deepest


def _image_tag(attributes: Attributes | None) -> str:
    if not attributes or not attributes.get("src"):
        return ""
    return "<img" + "".join(f' {name}="{escape(value)}"' for name, value in attributes.items()) + ">"


def _is_harmless_condition(comment: str) -> bool:
    """Outlook's conditional comments around layout tables; anything else in a comment is of no use to a reader."""
    if comment == _END_OF_CONDITION:
        return True
    found = _CONDITION.fullmatch(comment)
    if not found:
        return False
    left = _GHOST_TAG.sub(_inert_tag, found["body"])
    return "<" not in left and ">" not in left.replace("<!", "")


def _inert_tag(tag: re.Match[str]) -> str:
    attributes = tag["attributes"]
    return tag[0] if _ACTIVE_ATTRIBUTE.search(attributes) or _ACTIVE_CSS.search(attributes) else ""


def _body_attributes(html: str) -> str:
    found = _BODY_TAG.search(html)
    if not found:
        return ""
    tag = _TOKEN.match(_sanitised(f"<div{found.group(1)}></div>"))
    return tag["attributes"] if tag else ""
