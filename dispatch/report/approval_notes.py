"""What a ticket is told of a dispatch that a second person must approve."""

from collections.abc import Sequence

from dispatch.core import Dispatch, Letter, Recipient
from dispatch.report.templates import render

APPROVED_TEXT = 20_000  # signs of a letter in the note


def approval_note(
    *,
    dispatch: Dispatch,
    count: int,
    letter: Letter,
    first: Sequence[Recipient],
    refused: bool,
    ready_status: str,
    reference: str,
    page: str = "",
    on_page: bool = False,
) -> str:
    """The internal note on a dispatch that another must approve: the frozen letter, to how many, and who asked.

    Without a ``ready_status`` the ticket's status approves nothing; ``on_page`` where somebody may on the page.

    What stands in the ticket may have been changed since; it is the frozen letter that would be sent.
    """
    values = {"refused": refused, "ready_status": ready_status, "asked_name": dispatch.rounds.approval.asked_name}
    values |= {"further": dispatch.rounds.current > 1, "on_page": on_page}
    values |= {"letter": letter, "first": first, "text": letter.text[:APPROVED_TEXT]}
    return render("approval.html", dispatch=dispatch, count=count, reference=reference, page=page, **values)
