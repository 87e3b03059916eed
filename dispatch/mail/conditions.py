"""What a letter says to Outlook alone, in conditional comments: kept where it only lays out, in pairs, or not at all.

Half a table for Outlook breaks the frame for its readers, and words for Outlook would tell them something else than
everybody. So tables without words stay where they are balanced over the whole letter, and all other comments go.
"""

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

from dispatch.mail.policy import CSS, is_inert

if TYPE_CHECKING:
    from turbohtml import Comment, Document, Node, Token

_LAYOUT = frozenset({"table", "tbody", "tr", "td", "center", "div"})
_ATTRIBUTES = frozenset(
    {"align", "valign", "bgcolor", "width", "height", "colspan", "rowspan", "role", "border", "style"}
    | {"cellpadding", "cellspacing"}
)
_OF_CONDITION = frozenset("abcdefghijklmnopqrstuvwxyz0123456789 ()|&")
_LONGEST_CONDITION = 60
_MOST_TAGS = 64  # of one comment: a row of columns has ten
_BEGIN, _THEN, _END = "[if ", "]>", "<![endif]"

_Tag = tuple[str, bool]  # its name, and whether it opens


def keep_pairs(document: "Document") -> bool:
    """Keeps Outlook's layout tables where they are balanced, written anew, and drops every other comment.

    Returns whether any is left.
    """
    comments = [node for node in _list(document.xpath("//comment()")) if node.parent is not None]
    pieces = [(comment, *_layout(comment.data)) for comment in comments]
    balanced = _are_balanced([(comment.parent, tags) for comment, _, tags in pieces])
    kept = False
    for comment, rewritten, _ in pieces:
        if balanced and rewritten:
            comment.data = rewritten
            kept = True
        else:
            comment.extract()
    return kept


def _list(found: object) -> "list[Comment]":
    return found if isinstance(found, list) else []


def _layout(data: str) -> tuple[str, Sequence[_Tag]]:
    """The comment as it may stand, and its tags; nothing where it holds anything but layout."""
    from turbohtml import TokenType, tokenize

    condition, found, rest = data.removeprefix(_BEGIN).partition(_THEN)
    if not (data.startswith(_BEGIN) and found and rest.endswith(_END) and _is_of_outlook(condition)):
        return "", ()
    tags: list[_Tag] = []
    written = []
    for token in tokenize(rest.removesuffix(_END)):
        if token.type is TokenType.TEXT and (token.data or "").isspace():
            continue
        if token.tag not in _LAYOUT or len(tags) >= _MOST_TAGS:
            return "", ()
        opens = token.type is TokenType.START_TAG
        tags.append((token.tag, opens))
        written.append(f"<{token.tag}{_attributes(token)}>" if opens else f"</{token.tag}>")
    body = "".join(written)
    return (f"{_BEGIN}{condition}{_THEN}{body}{_END}", tags) if body and "--" not in body else ("", ())


def _is_of_outlook(condition: str) -> bool:
    return (
        len(condition) <= _LONGEST_CONDITION and "mso" in condition.lower() and set(condition.lower()) <= _OF_CONDITION
    )


def _attributes(token: "Token") -> str:
    pairs = ((name, _style(value) if name == "style" else value) for name, value in token.attrs or ())
    return "".join(f' {name}="{escape(value)}"' for name, value in pairs if name in _ATTRIBUTES and value)


def _style(text: str) -> str:
    from turbohtml.cssom import StyleDeclaration

    style = StyleDeclaration.parse(text)
    return "; ".join(f"{name}: {style[name]}" for name in style if name in CSS and is_inert(style[name]))


def _are_balanced(pieces: "Sequence[tuple[Node | None, Sequence[_Tag]]]") -> bool:
    """Whether each tag that one comment opens is closed, in its turn, by one that stands in the same element."""
    opened: list[tuple[str, object]] = []
    for parent, tags in pieces:
        for tag, opens in tags:
            if opens:
                opened.append((tag, parent))
            elif not opened or opened.pop() != (tag, parent):
                return False
    return not opened
