"""The JSON API: the same data as the page. It only reads; whoever wants to press uses the page or a command."""

from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from dispatch.core import DISPATCH_KEY, RecipientState, Scenario
from dispatch.planning import as_page, preview_numbered
from dispatch.steering import foreseen, send_to_added
from dispatch.watching import overview
from dispatch.web import api_lines, files, openapi
from dispatch.web.api_models import Dispatches, Message, Press, Recipients, Trial, WholeDispatch
from dispatch.web.asked import Asked, BadQuery, Handler, NotFound
from dispatch.web.http import Answer, as_json
from dispatch.web.openapi import Operation, Parameter
from dispatch.web.pages import details_of, outline_of, place

KEY = f"(?P<key>{DISPATCH_KEY})"
MOST, LONGEST = 200, 9  # recipients in an answer; digits of a ticket's number


@dataclass(frozen=True, slots=True)
class ApiRoute:
    """A path as a pattern, who answers, and how it is described."""

    pattern: str
    handler: Handler
    operation: Operation


def _told(model: BaseModel) -> Answer:
    return Answer(model.model_dump_json().encode(), 200, "application/json")


async def dispatches(asked: Asked) -> Answer:
    """All of the front page."""
    wanted = _number(asked, "finished", least=0, most=100, usual=overview.MOST_FINISHED)
    found = await overview.summaries(asked.services, finished=wanted)
    return _told(Dispatches(dispatches=tuple(api_lines.dispatch_line(one) for one in found)))


async def dispatch(asked: Asked) -> Answer:
    """One dispatch."""
    found = await details_of(asked, missed=False)
    batches = tuple(api_lines.batch_line(batch) for batch in found.batches)
    return _told(WholeDispatch(dispatch=api_lines.dispatch_line(found.summary), batches=batches))


async def recipients(asked: Asked) -> Answer:
    """Its recipients."""
    await outline_of(asked)
    query = asked.request.query
    after = place(query.get("after", ""))
    if query.get("after") and after is None:
        raise BadQuery("after must be what an earlier answer gave")
    try:
        states = [RecipientState(name) for name in query.get("state", "").split(",") if name]
    except ValueError:
        raise BadQuery(f"state must be one of {', '.join(RecipientState)}") from None
    limit = _number(asked, "limit", least=1, most=MOST, usual=overview.USUALLY_LISTED)
    found = await overview.recipients(
        asked.key, asked.services, states=states, text=query.get("q", ""), after=after, limit=limit
    )
    following = f"{found.following.batch}-{found.following.index}" if found.following else None
    rows = tuple(api_lines.recipient_line(row) for row in found.rows)
    return _told(Recipients(recipients=rows, after=following))


async def again(asked: Asked) -> Answer:
    """Whom 'send again' would reach."""
    await outline_of(asked)
    found = await foreseen.foreseen(asked.key, asked.services)
    return _told(
        Press(
            reached=tuple(api_lines.recipient_line(item.old) for item in found.reached),
            only_if_asked=tuple(api_lines.recipient_line(item.old) for item in found.doubtful),
            left=tuple(api_lines.recipient_line(row) for row in found.left),
        )
    )


async def added(asked: Asked) -> Answer:
    """Who was put on the lists since."""
    await outline_of(asked)
    found = await send_to_added.foreseen(asked.key, asked.services)
    lines = [tuple(api_lines.recipient_line(row) for row in rows) for rows in (found.to_send, found.skipped)]
    return _told(Press(reached=lines[0], left=lines[1]))


async def message(asked: Asked) -> Answer:
    """Its letter."""
    letter = await overview.letter(await outline_of(asked), asked.services)
    if letter is None:
        raise NotFound
    return _told(api_lines.message(letter).model_copy(update={"html": as_page(letter)}))


async def trial(asked: Asked) -> Answer:
    """What a dispatch would do."""
    number = asked.request.query.get("ticket", "")
    if not (number.isascii() and number.isdecimal() and len(number) <= LONGEST):
        raise BadQuery("ticket must be the number that people see")
    scenario = Scenario.ONE_TO_ONE if asked.request.query.get("own") == "true" else None
    recipient = asked.request.query.get("recipient", "")[:254]
    found = await preview_numbered(int(number), asked.services, recipient=recipient, scenario=scenario)
    return _told(
        Trial(
            ticket_number=found.ticket.number,
            subject=found.ticket.subject,
            scenario=found.scenario,
            channel=found.channel,
            problems=found.problems,
            stands=found.stands,
            lists=found.lists,
            recipients=found.recipients,
            to_send=found.to_send,
            skipped=found.skipped,
            duplicates_removed=found.duplicates,
            without_own_files=found.own.without_files,
            by_channel=found.by_channel,
            reasons=found.reasons,
            detours=found.detours,
            left_out=tuple(api_lines.recipient_line(row) for row in found.left_out),
            own=api_lines.own_lines(found.own),
            message=api_lines.message(found.letter) if found.letter else None,
            message_bytes=found.letter.size if found.letter else None,
            not_before=found.not_before,
            not_after=found.not_after,
            expected_done=found.done,
            redirected_to=found.redirected_to,
        )
    )


async def description(asked: Asked) -> Answer:  # noqa: ARG001 - every handler is handed the same
    """This API's own description."""
    return as_json(described())


def described() -> dict[str, Any]:
    """The OpenAPI document."""
    return openapi.document([route.operation for route in ROUTES])


def _number(asked: Asked, name: str, *, least: int, most: int, usual: int) -> int:
    given = asked.request.query.get(name, "")
    if not given:
        return usual
    if not (given.isascii() and given.isdecimal() and len(given) <= LONGEST and least <= int(given) <= most):
        raise BadQuery(f"{name} must be a number from {least} to {most}")
    return int(given)


_KEY = Parameter("key", "path", "The dispatch, as 9001-8001", {"type": "string", "pattern": f"^{DISPATCH_KEY}$"})
_STATES = {"type": "array", "items": {"enum": [str(state) for state in RecipientState]}}

ROUTES = (
    ApiRoute(
        "dispatches",
        dispatches,
        Operation(
            "/dispatches",
            "Dispatches under way and stopped, then the latest finished ones",
            Dispatches,
            (Parameter("finished", "query", "How many finished ones", {"type": "integer", "maximum": 100}),),
        ),
    ),
    ApiRoute(
        f"dispatches/{KEY}",
        dispatch,
        Operation("/dispatches/{key}", "One dispatch with its batches", WholeDispatch, (_KEY,)),
    ),
    ApiRoute(
        f"dispatches/{KEY}/recipients",
        recipients,
        Operation(
            "/dispatches/{key}/recipients",
            "Its recipients in the order of the plan",
            Recipients,
            (
                _KEY,
                Parameter("state", "query", "Only those in one of these states", _STATES),
                Parameter("q", "query", "What stands in name, address or organisation number", {"type": "string"}),
                Parameter("after", "query", "Where the answer before ended", {"type": "string"}),
                Parameter("limit", "query", "Most of them", {"type": "integer", "minimum": 1, "maximum": MOST}),
            ),
        ),
    ),
    ApiRoute(
        rf"dispatches/{KEY}/recipients\.csv",
        files.recipients,
        Operation("/dispatches/{key}/recipients.csv", "All recipients as CSV", "text/csv", (_KEY,)),
    ),
    ApiRoute(
        f"dispatches/{KEY}/send-again",
        again,
        Operation("/dispatches/{key}/send-again", "Whom sending again would reach, and whom not", Press, (_KEY,)),
    ),
    ApiRoute(
        f"dispatches/{KEY}/added",
        added,
        Operation("/dispatches/{key}/added", "Who was put on the lists since, and could be sent to", Press, (_KEY,)),
    ),
    ApiRoute(
        f"dispatches/{KEY}/message",
        message,
        Operation("/dispatches/{key}/message", "The message as every recipient gets it", Message, (_KEY,)),
    ),
    ApiRoute(
        f"dispatches/{KEY}/report",
        files.report,
        Operation("/dispatches/{key}/report", "The report in the ticket, as HTML", "text/html", (_KEY,)),
    ),
    ApiRoute(
        "preview",
        trial,
        Operation(
            "/preview",
            "What a dispatch of a ticket would do; changes nothing",
            Trial,
            (
                Parameter("ticket", "query", "The number that people see", {"type": "string"}, needed=True),
                Parameter("recipient", "query", "Whose message is made", {"type": "string"}),
                Parameter("own", "query", "As one ticket per recipient", {"type": "boolean"}),
            ),
        ),
    ),
    ApiRoute("openapi.json", description, Operation("/openapi.json", "This description", "application/json", ())),
)
