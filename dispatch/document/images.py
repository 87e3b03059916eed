"""How large a letter shows a picture: by CSS where it says so, else by the tag."""

from typing import Any

from dispatch.document.css import pixels, share
from dispatch.document.elements import Node
from dispatch.document.runs import Run

_SIDES = ("width", "height")


def image_run(node: Node, file: str, alternative: str) -> Run:
    """The picture with the sizes that are asked for: pixels, or parts of the line where they are shares."""
    run: dict[str, Any] = {"image": file, "alt": alternative}
    for side in _SIDES:
        said = node.css.get(side, "") if node.css.get(side, "auto") != "auto" else node.attributes.get(side, "")
        run |= _size(side, said) | _size(f"max-{side}", node.css.get(f"max-{side}", ""))
    return run


def _size(name: str, said: str) -> dict[str, float]:
    if length := pixels(said):
        return {name: round(length, 2)} if length > 0 else {}
    part = share(said)
    # A share of a height has nothing to be a share of on a page that grows.
    return {f"{name}-share": round(part, 4)} if part and part > 0 and name.endswith("width") else {}
