"""The lines of a mail in HTML, as a server writes it: what stands in a block of its own is a line of its own."""

from collections.abc import Iterator

_UNSEEN = frozenset({"style", "script", "head", "title"})
_INLINE = frozenset({"a", "b", "i", "u", "em", "font", "span", "strong", "small", "sub", "sup", "code", "tt"})


def lines_of_html(html: str) -> str:
    """The text of the mail. Its tokens are read one by one: no tree is built of what a stranger wrote."""
    return "".join(_pieces(html))


def _pieces(html: str) -> Iterator[str]:
    from turbohtml import TokenType, tokenize

    unseen = ""
    for token in tokenize(html):
        tag = token.tag or ""
        if token.type == TokenType.START_TAG:
            unseen = unseen or (tag if tag in _UNSEEN else "")
        elif token.type == TokenType.END_TAG and tag == unseen:
            unseen = ""
        if tag and tag not in _INLINE:
            yield "\n"
        elif not unseen and not tag and token.type not in {TokenType.COMMENT, TokenType.DOCTYPE}:
            yield token.data or ""
