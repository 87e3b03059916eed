"""What a letter may hold: elements, attributes, schemes and CSS; and the two sanitisers that hold it to that.

They share no code: one reads CSS by its grammar and works on the tree, the other is the gate through which every letter
goes last.
"""

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nh3 import Cleaner
    from turbohtml import Document
    from turbohtml.clean import Sanitizer

_KEPT = """
a abbr acronym address article aside b bdi bdo big blockquote br caption center cite code col colgroup dd del dfn div
dl dt em figcaption figure font footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd li main mark ol p pre q s samp section
small span strike strong sub sup table tbody td tfoot th thead time tr tt u ul var wbr
"""
KEPT = frozenset(_KEPT.split())
_DROPPED_WITH_CONTENT = """
applet audio canvas embed frameset iframe math noembed noframes noscript object script select svg template textarea
title video xml
"""
DROPPED = ", ".join(_DROPPED_WITH_CONTENT.split())
"""What goes with all that is in it, as a selector."""
_OTHERS = """
area base basefont bgsound blink body button command content data datalist details dialog dir fieldset font form frame
head hgroup html input keygen label legend link listing map marquee menu menuitem meta meter multicol nav nextid nobr
option optgroup output param picture plaintext progress rb rp rt rtc ruby search shadow slot source spacer style summary
track xmp image isindex
"""
NAMES = KEPT | frozenset(_DROPPED_WITH_CONTENT.split()) | frozenset(_OTHERS.split())
"""What is a tag in HTML, now or ever; any other word between angle brackets may be somebody's words."""
_VOID = "area base basefont bgsound br col embed frame hr img input link meta param source track wbr"
_FORMATTING = "a b big code em font i nobr s small strike strong tt u"
_ENDS_UNSAID = "p li dt dd td th tr tbody thead tfoot colgroup caption"
_RAW = "script style textarea title xmp iframe noembed noframes noscript plaintext"
FORMATTING = frozenset(_FORMATTING.split())
"""What the standard opens again in each paragraph after."""
DEEPENS = KEPT - frozenset((*_VOID.split(), *_FORMATTING.split(), *_ENDS_UNSAID.split()))
"""What lies deeper for each that isn't closed."""
RAW = frozenset(_RAW.split())
"""What holds no tags, whatever it looks like."""

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
}
LINK_SCHEMES = frozenset({"http", "https", "mailto", "tel", "sms"})
_SCHEMES = LINK_SCHEMES | {"cid"}

# Nothing that fetches (background-image, content, cursor), nothing that lays itself over other things (position), and
# of Microsoft's own only distances: what hides or numbers for Outlook alone would tell its readers something else.
_CSS = """
background background-color border border-bottom border-bottom-color border-bottom-left-radius
border-bottom-right-radius border-bottom-style border-bottom-width border-collapse border-color border-left
border-left-color border-left-style border-left-width border-radius border-right border-right-color border-right-style
border-right-width border-spacing border-style border-top border-top-color border-top-left-radius
border-top-right-radius border-top-style border-top-width border-width box-shadow box-sizing break-after break-before
break-inside caption-side clear color color-scheme column-count column-gap columns direction display empty-cells float
font font-family font-kerning font-size font-stretch font-style font-variant font-weight gap height hyphens
letter-spacing line-break line-height list-style list-style-position list-style-type margin margin-bottom margin-left
margin-right margin-top max-height max-width min-height min-width object-fit opacity orphans outline outline-color
outline-offset outline-style outline-width overflow overflow-wrap overflow-x overflow-y padding padding-bottom
padding-left padding-right padding-top page-break-after page-break-before page-break-inside quotes tab-size
table-layout text-align text-align-last text-decoration text-decoration-color text-decoration-line
text-decoration-style text-indent text-overflow text-shadow text-transform text-underline-offset unicode-bidi
vertical-align visibility white-space widows width word-break word-spacing word-wrap writing-mode
-ms-text-size-adjust -webkit-text-size-adjust mso-line-height-rule mso-margin-bottom-alt mso-margin-top-alt
mso-padding-alt mso-table-lspace mso-table-rspace
"""
CSS = frozenset(_CSS.split())
HIDES_IN_OUTLOOK = "mso-hide"  # only ever ours, beside what hides for all others too
_ACTIVE = ("url(", "src(", "image(", "image-set(", "cross-fade(", "element(", "expression(", "script:", "@", "<", "\\")


def is_inert(css: str) -> bool:
    """Whether the CSS fetches nothing, runs nothing, and spells nothing in another way."""
    bare = "".join(css.lower().split())
    return not any(active in bare for active in _ACTIVE)


def sanitised(document: "Document") -> "Document":
    """The document with only what a letter may hold, its style sheets included."""
    return _sanitizer().sanitize_node(document)


def sanitised_sheet(sheet: str) -> str:
    """The rules of a style sheet that has been through ``sanitised``, with nothing that is fetched by any address."""
    bare = sheet.replace("<!--", "").replace("-->", "")  # CSS ignores them between rules, and Word writes them
    clean = _sanitizer(fetches=False).sanitize(f"<style>{bare}</style>")
    return clean.removeprefix("<style>").removesuffix("</style>")


def gated(body: str, *, comments: bool = False) -> str:
    """The body through the last gate; ``comments`` only where all of them are ours."""
    return _gate(comments).clean(body)


@lru_cache(maxsize=2)
def _gate(comments: bool) -> "Cleaner":  # noqa: FBT001 - what the cache goes by
    from nh3 import Cleaner

    return Cleaner(
        tags=set(KEPT),
        clean_content_tags=set(_DROPPED_WITH_CONTENT.split()) | {"style"},
        attributes={tag: set(names) for tag, names in _ATTRIBUTES.items()},
        attribute_filter=_inert_attribute,
        strip_comments=not comments,
        link_rel=None,
        url_schemes=set(_SCHEMES),
    )


def _inert_attribute(_tag: str, name: str, value: str) -> str | None:
    return value if name != "style" or is_inert(value) else None


@lru_cache(maxsize=2)
def _sanitizer(*, fetches: bool = True) -> "Sanitizer":
    from turbohtml.clean import OnDisallowed, Policy, Sanitizer

    return Sanitizer(
        Policy(
            tags=KEPT | {"html", "head", "body", "style"},
            attributes={**_ATTRIBUTES, "html": frozenset({"lang"})},
            url_schemes=_SCHEMES if fetches else frozenset(),
            allow_relative_urls=fetches,
            allow_fragment_urls=True,
            on_disallowed_tag=OnDisallowed.STRIP,
            remove_with_content=frozenset(_DROPPED_WITH_CONTENT.split()),
            strip_comments=False,
            css_properties=CSS,
            allow_svg=False,
            allow_mathml=False,
        )
    )
