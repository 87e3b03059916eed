"""What a letter says, read once for everything that must say the same: an outline of blocks and runs of text."""

from dispatch.document.links import link_of, shown
from dispatch.document.outline import Block, Outline, Picture, TooLarge, outline_of
from dispatch.document.runs import Run
from dispatch.document.symbols import without_private

__all__ = ["Block", "Outline", "Picture", "Run", "TooLarge", "link_of", "outline_of", "shown", "without_private"]
