"""The frozen content: what every recipient gets."""

from dataclasses import dataclass, field

from dispatch.core.merge_fields import MergeField
from dispatch.core.tickets import FileOrigin


@dataclass(frozen=True, slots=True)
class Part:
    """A file that goes with the letter; one with a ``content_id`` is shown inside it (``cid:``)."""

    name: str
    content_type: str
    content: bytes
    content_id: str = ""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A file of the ticket that does not go with the letter."""

    name: str
    origin: FileOrigin


@dataclass(frozen=True, slots=True)
class Letter:
    """The frozen content: what every recipient of a dispatch gets, but for its fields. ``html`` is a whole document.

    ``problems`` are Norwegian sentences for the case worker's preview; they stop nothing, and are not frozen.
    """

    subject: str
    html: str
    text: str
    attachments: tuple[Part, ...] = ()
    inline: tuple[Part, ...] = ()
    left_out: tuple[LeftOut, ...] = ()  # for whoever reads about the letter; no part of it
    problems: tuple[str, ...] = field(default=(), compare=False)
    fields: tuple[MergeField, ...] = ()  # whose marks stand in subject, HTML and text until they are filled

    @property
    def size(self) -> int:
        """Bytes of all parts and both texts before any transfer encoding."""
        parts = sum(len(part.content) for part in (*self.attachments, *self.inline))
        return parts + len(self.html.encode()) + len(self.text.encode())
