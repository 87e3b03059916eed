"""Which way an attempt to send took: where it left from, and where it went."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Route:
    """The way of one attempt, whatever the settings say since.

    All empty in a row of an application that did not note it: then the settings of now must do.
    """

    sender: str = ""  # the mailbox that it left from, or the URL of the integration point or of Pureservice
    redirect: str = ""  # where it went instead of to the recipient
    unsaved: bool = False  # the mailbox keeps nothing of it, so that not finding it says nothing

    @property
    def is_known(self) -> bool:
        """Whether the way was noted."""
        return bool(self.sender)


UNKNOWN_ROUTE = Route()
