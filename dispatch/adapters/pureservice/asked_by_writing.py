"""The open questions that take a ticket to try on. Each answer is in the words of ``docs/pureservice-questions.md``."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from dispatch.adapters.pureservice.client import PLAIN, VND
from dispatch.adapters.pureservice.filters import equals
from dispatch.adapters.pureservice.probing import Raw, Untold, number
from dispatch.adapters.pureservice.trial_ticket import NOTE, SHOWN, TEXT, TrialTicket
from dispatch.core import FileWay, for_every

UNSUPPORTED = 415
HISTORY, INITIAL_MESSAGE = 6, 7  # types of communications that nobody wrote
SENT = 4
REFERENCE = "customerReference"
WAYS = for_every(
    FileWay,
    {FileWay.BARE: "bare", FileWay.ENVELOPE: "envelope", FileWay.SOLVED_WITH: "put", FileWay.NOTE: "note"},
)
LINKS = ("requestType", "ticketType", "priority", "source", "assignedTeam")


# --- files, which the trial has sent every way before


async def _attachments_by(ticket: TrialTicket) -> Any:
    taken = [name for way, name in WAYS.items() if way in ticket.files and not ticket.files[way].refusal]
    return "any" if len(taken) == len(WAYS) else ", ".join(taken) or "none"


async def _attachment_refusal(ticket: TrialTicket) -> Any:
    statuses = sorted({tried.refusal for tried in ticket.files.values() if tried.refusal})
    if not statuses:
        raise Untold("no way was refused")
    return statuses[0] if len(statuses) == 1 else ", ".join(map(str, statuses))


async def _attachments_tied(ticket: TrialTicket) -> Any:
    tries = [ticket.files[way] for way in (FileWay.BARE, FileWay.ENVELOPE) if way in ticket.files]
    taken = [tried.tied for tried in tries if not tried.refusal]
    if not taken:
        raise Untold("no file was taken by POST attachment")
    return all(taken)


# --- notes and messages


async def _notes(ticket: TrialTicket) -> Any:
    by_id = not (await ticket.note(**ticket.by_id)).refused
    by_link = not (await ticket.note(**ticket.by_link)).refused
    return {(True, True): "any", (False, True): "link", (True, False): "id"}.get((by_id, by_link), "refused")


async def _bare_post(ticket: TrialTicket) -> Any:
    _taken(await ticket.note(**ticket.by_link))
    return not (await ticket.probe.send("POST", "communication/", ticket.a_note(**ticket.by_link))).refused


async def _post_status(ticket: TrialTicket) -> Any:
    return _taken(await ticket.note(**ticket.by_link)).status


async def _notes_visibility(ticket: TrialTicket) -> Any:
    _taken(await ticket.note(**ticket.by_link))
    kept = [row.get("visibility") for row in await ticket.communications() if number(row.get("type")) == NOTE]
    if not kept:
        raise Untold("the note can't be read back")
    return None if number(kept[-1]) == SHOWN else number(kept[-1])


async def _system_communications(ticket: TrialTicket) -> Any:
    kinds = {number(row.get("type")) for row in await ticket.communications()}
    return bool(kinds & {HISTORY, INITIAL_MESSAGE})


async def _communication_sends_email(ticket: TrialTicket) -> Any:
    if not ticket.message_sent:
        raise Untold("no message could be written to an address that leads nowhere")
    return bool(ticket.email_id)


async def _email_row(ticket: TrialTicket) -> Any:
    if not ticket.email_id:
        raise Untold("no e-mail row came at once")
    return "at once" if ticket.email_settled else "queued"


async def _email_patch(ticket: TrialTicket) -> Any:
    if not ticket.email_id:
        raise Untold("no e-mail row of a message that leads nowhere")
    path = f"email/{ticket.email_id}"
    if not (await ticket.probe.send("PATCH", path, {"status": SENT})).taken:
        return "refused"
    rows = (await ticket.probe.get(path)).rows
    return "taken" if rows and number(rows[0].get("status")) == SENT else "ignored"


# --- the ticket itself


async def _patch_status(ticket: TrialTicket) -> Any:
    return _taken(await ticket.change()).status


async def _unknown_property(ticket: TrialTicket) -> Any:
    return "refuse" if (await ticket.change(somethingThatNothingHas=1)).refused else "ignore"


async def _strict_content_type(ticket: TrialTicket) -> Any:
    answer = await ticket.probe.send("PATCH", ticket.path, {"visibility": 1}, kind=VND)
    return answer.status == UNSUPPORTED or answer.refused


async def _category_when_solving(ticket: TrialTicket) -> Any:
    _taken(await ticket.change(statusId=ticket.open_id))
    solved = {"statusId": ticket.solved_id, "solution": TEXT}
    if not (await ticket.change(**solved)).refused:
        return False
    categories = (await ticket.probe.get("category/", filter="!disabled", limit="1")).ids
    if not categories or (await ticket.change(**solved, category1Id=categories[0])).refused:
        raise Untold("the ticket is not solved with a category either")
    return True


async def _write_answers(ticket: TrialTicket) -> Any:
    forms = tuple([_form(_taken(await ticket.put(await ticket.row(), accept=accept))) for accept in (VND, PLAIN)])
    return "asked" if forms == ("envelope", "bare") else forms[0] if forms[0] == forms[1] else ", ".join(forms)


async def _put_clears_omitted(ticket: TrialTicket) -> Any:
    whole = await ticket.row()
    _taken(await ticket.put({name: value for name, value in whole.items() if name != REFERENCE}, accept=VND))
    cleared = not (await ticket.row()).get(REFERENCE)
    _taken(await ticket.put({**whole, REFERENCE: ticket.reference}, accept=VND))
    return cleared


# --- a second ticket, which is put away at once


async def _ticket_links_required(ticket: TrialTicket) -> Any:
    return (await _another(ticket, zone=False)).refused


async def _ignore_agent_on_create(ticket: TrialTicket) -> Any:
    """The agent is the key's own user, who is told of nothing."""
    mother = await ticket.row()
    agent = number(mother.get("createdById"))
    _taken(await _another(ticket, zone=True, agent=agent))
    made = await ticket.probe.get("ticket/", filter=equals(REFERENCE, ticket.second), sort="id DESC")
    if not made.rows:
        raise Untold("the second ticket can't be found")
    return number(made.rows[0].get("assignedAgentId")) != agent


async def _another(ticket: TrialTicket, *, zone: bool, agent: int = 0) -> Raw:
    mother = await ticket.row()
    names = (*LINKS, "user", *(("assignedDepartment",) if zone else ()))
    links = {name: {"id": number(value)} for name in names if (value := mother.get(f"{name}Id"))}
    links["status"] = {"id": ticket.open_id}
    if agent:
        links["assignedAgent"] = {"id": agent}
    row = {"subject": ticket.second, "description": TEXT, "visibility": 1, REFERENCE: ticket.second, "links": links}
    answer = await ticket.probe.send("POST", "ticket/", {"tickets": [row]})
    if answer.taken:
        await _put_away(ticket)
    return answer


async def _put_away(ticket: TrialTicket) -> None:
    for made in (await ticket.probe.get("ticket/", filter=equals(REFERENCE, ticket.second))).ids:
        await ticket.probe.send("PATCH", f"ticket/{made}", {"isMarkedForDeletion": True})


def _taken(answer: Raw) -> Raw:
    if not answer.taken:
        raise Untold(f"refused with {answer.status}")
    return answer


def _form(answer: Raw) -> str:
    if answer.empty or not isinstance(answer.body, dict):
        return "empty"
    return "envelope" if isinstance(answer.body.get("tickets"), list) else "bare"


BY_WRITING: Mapping[str, Callable[[TrialTicket], Awaitable[Any]]] = {
    ask.__name__.removeprefix("_"): ask
    for ask in (
        _attachments_by,
        _attachment_refusal,
        _attachments_tied,
        _notes,
        _bare_post,
        _post_status,
        _notes_visibility,
        _communication_sends_email,
        _email_row,
        _email_patch,
        _patch_status,
        _unknown_property,
        _strict_content_type,
        _category_when_solving,
        _system_communications,
        _write_answers,
        _put_clears_omitted,
        _ticket_links_required,
        _ignore_agent_on_create,
    )
}
