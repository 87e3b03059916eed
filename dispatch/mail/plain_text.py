"""The letter as plain text, for readers and clients that don't show HTML."""

import re
import textwrap
from html import escape, unescape

from dispatch.mail.markup import cleaned

_IMAGE = re.compile(r'<img((?: [a-z-]+="[^"]*")*)>')
_LINK = re.compile(r'<a((?: [a-z-]+="[^"]*")*)>(.*?)</a>', re.DOTALL)
_TABLE_TAG = re.compile(r'<(?P<end>/?)(?P<tag>table|tbody|thead|tfoot|tr|td|th)(?P<attributes>(?: [a-z-]+="[^"]*")*)>')
_TAG = re.compile(r"<[^>]*>")
_ATTRIBUTE = re.compile(r' ([a-z-]+)="([^"]*)"')
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)


def readable_text(html: str) -> str:
    """The HTML as text: lists and tables laid out, pictures by their text, links with where they lead."""
    import inscriptis

    body = _COMMENT.sub("", cleaned(html).body)
    body = _IMAGE.sub(_told_image, _without_layout(body))
    text: str = inscriptis.get_text(_LINK.sub(_told_link, body))
    lines = [line.rstrip() for line in text.replace("\xa0", " ").splitlines()]
    return re.sub(r"\n{3,}", "\n\n", textwrap.dedent("\n".join(lines))).strip("\n") + "\n"


def attributes_of(text: str) -> dict[str, str]:
    """Attributes of a canonical tag, by name."""
    return {name: unescape(value) for name, value in _ATTRIBUTE.findall(text)}


def _without_layout(body: str) -> str:
    """Tables that hold other tables, or say that they are no tables, become blocks: as text they would only be gaps."""
    tags = list(_TABLE_TAG.finditer(body))
    layout: list[bool] = []  # by table, in the order of their beginnings
    owner: list[int] = []  # by tag, the table that it belongs to
    opened: list[int] = []
    for tag in tags:
        if tag["tag"] == "table" and not tag["end"]:
            if opened:
                layout[opened[-1]] = True
            opened.append(len(layout))
            layout.append(attributes_of(tag["attributes"]).get("role") in {"presentation", "none"})
        owner.append(opened[-1] if opened else -1)
        if tag["tag"] == "table" and tag["end"] and opened:
            opened.pop()
    owners = iter(owner)

    def block(tag: re.Match[str]) -> str:
        table = next(owners)
        return f"<{tag['end']}div>" if table >= 0 and layout[table] else tag[0]

    return _TABLE_TAG.sub(block, body)


def _told_image(image: re.Match[str]) -> str:
    alternative = attributes_of(image[1]).get("alt", "").strip()
    return f" [{escape(alternative)}] " if alternative else ""


def _told_link(link: re.Match[str]) -> str:
    target = attributes_of(link[1]).get("href", "").strip()
    shown = " ".join(unescape(_TAG.sub("", link[2])).split())
    address = re.sub(r"^(?:mailto|tel|sms):", "", target, flags=re.IGNORECASE)
    if not target or target.startswith("#") or _same(shown, address):
        return link[2]
    return f"{link[2]} ({escape(address)})" if shown else escape(address)


def _same(shown: str, address: str) -> bool:
    bare = re.sub(r"^https?://(?:www\.)?|/$", "", address).casefold()
    return bool(bare) and bare in re.sub(r"\s", "", shown).casefold()
