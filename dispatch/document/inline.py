"""Reads what stands inside a line of a letter: text, line breaks and pictures, as runs."""

from collections.abc import Callable
from dataclasses import replace

from dispatch.document.directions import turned
from dispatch.document.elements import Node
from dispatch.document.images import image_run
from dispatch.document.look import Look, is_left_out
from dispatch.document.runs import Run

Picture = Callable[[str], str | None]
"""From an image's source to the name of a file that can be set; None where it can't."""


class InlineReader:
    """Reads runs, and keeps what pictures that lie elsewhere are said to show."""

    def __init__(self, picture: Picture) -> None:
        self._picture = picture
        self.remote: list[str] = []

    def inside(self, node: Node, look: Look) -> list[Run]:
        """The runs of what stands in the node."""
        runs: list[Run] = []
        for child in node.children:
            if isinstance(child, str):
                runs += look.runs(child)
            elif not is_left_out(child):
                runs += self.runs_of(child, look.inside(child))
        return runs

    def runs_of(self, node: Node, look: Look) -> list[Run]:
        """The runs of the node itself: a line break, a picture, or text."""
        if node.tag == "br":
            return [look.marked({"break": True})]
        if node.tag == "img":
            return self._image(node, look)
        return turned(node, self.inside(node, look), look)

    def _image(self, node: Node, look: Look) -> list[Run]:
        if look.invisible:
            return []
        alternative = node.attributes.get("alt", "").strip() or look.picture
        source = node.attributes.get("src", "").strip()
        file = self._picture(source)
        if file is None:
            if alternative and not source.startswith("cid:"):
                self.remote.append(alternative)
            words = f"[Bilde: {alternative}]" if alternative else ""
            return list(replace(look, white_space="normal", tiny=False).runs(words))
        image = look.marked(image_run(node, file, alternative))
        alone = node.css.get("display") == "block"
        return [{"break": True}, image, {"break": True}] if alone else [image]
