"""The part of a report that is for machines (RFC 3464, RFC 6533): a block of fields for each recipient."""

from collections.abc import Iterator

from dispatch.core import ReturnCause
from dispatch.returns.address_fields import typed_address
from dispatch.returns.causes import cause_of, code_in, plain_words
from dispatch.returns.reports import Action, Told
from dispatch.returns.sections import Head, Section, head_of, readable

STATUS_PARTS = frozenset({"message/delivery-status", "message/global-delivery-status"})
MOST_BLOCKS = 50
_ACTIONS = {
    "failed": Action.FAILED,
    "delayed": Action.DELAYED,
    "delivered": Action.ARRIVED,
    "relayed": Action.ARRIVED,
    "expanded": Action.ARRIVED,
}
_ENVELOPE = "original-envelope-id"


def status_part(report: Section) -> Section | None:
    """The part among the report's own; one inside of a returned or forwarded message is not the report's."""
    return next((part for part in report.parts if part.media in STATUS_PARTS), None)


def told_in(part: Section) -> tuple[Told, ...]:
    """What the part says of each recipient."""
    return tuple(
        _told(block) for block in _blocks(part) if block.first("final-recipient") or block.first("original-recipient")
    ) or tuple(_told(block) for block in _blocks(part) if block.first("action"))


def envelope_id(part: Section) -> str:
    """What the sender's server called the message, where the sender gave it a name (RFC 3461)."""
    return next((found for block in _blocks(part) if (found := block.first(_ENVELOPE))), "")


def _blocks(part: Section) -> Iterator[Head]:
    blocks = [block for block in readable(part.content).split("\n\n", MOST_BLOCKS)[:MOST_BLOCKS] if block.strip()]
    return (head_of(block.strip("\n")) for block in blocks)


def _told(block: Head) -> Told:
    status, words = block.first("status"), block.first("diagnostic-code")
    code = code_in(status, words)
    action = _ACTIONS.get(block.first("action").partition(";")[0].strip().lower(), Action.NOT_SAID)
    if action is Action.FAILED and code.startswith("2"):
        action = Action.NOT_SAID  # it says two things at once
    return Told(
        action,
        ReturnCause.NO_ANSWER if code.startswith("4.4.") else cause_of(code, words),
        code,
        plain_words(words.partition(";")[2] or words).strip(),
        typed_address(block.first("final-recipient")),
        typed_address(block.first("original-recipient")),
    )
