"""What a letter says, read once for everything that must say the same: an outline of blocks and runs of text."""

from dispatch.document.elements import GROWING
from dispatch.document.links import shown
from dispatch.document.outline import Block, Outline, TooManyBlocks, outline_of
from dispatch.document.runs import Run
from dispatch.document.symbols import without_private

__all__ = ["GROWING", "Block", "Outline", "Run", "TooManyBlocks", "outline_of", "shown", "without_private"]
