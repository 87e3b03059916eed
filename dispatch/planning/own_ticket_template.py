"""What every recipient's own ticket is made of: read from the mother ticket once, and frozen (scenario 2)."""

import hashlib
import re
from collections.abc import Mapping
from typing import Any

from dispatch.core import (
    ContentMissing,
    Dispatch,
    DispatchKey,
    MemberKind,
    OwnTicketTemplate,
    Rejected,
    own_ticket_reference,
)
from dispatch.mail import NO_NUMBER, FieldMarks
from dispatch.planning.candidates import Candidate
from dispatch.services import Services

REQUEST_TYPE = "Ticket"
CUSTOM_FIELD = re.compile(r"cf_\d+")
OPTIONAL = ("assignedAgent", "category1", "category2", "category3")
LINKED = {  # what the mother may lack: the link, the resource where its name is looked up, the setting with the name
    "ticketType": ("tickettype", "Sakstypen", "pureservice_ticket_type"),
    "priority": ("priority", "Prioriteten", "pureservice_ticket_priority"),
    "source": ("source", "Kilden", "pureservice_ticket_source"),
    "assignedDepartment": ("department", "Sonen", "pureservice_ticket_zone"),
    "assignedTeam": ("team", "Teamet", "pureservice_ticket_team"),
}


async def own_ticket_template(candidate: Candidate, services: Services, *, marks: FieldMarks) -> OwnTicketTemplate:
    """What all own tickets of the dispatch are made from, with marks where merge fields stand.

    Raises:
        Rejected: a name that the tickets need is missing in Pureservice; the note names each of them.
    """
    source = {name.lower(): value for name, value in (await services.own_tickets.source(candidate.ticket.id)).items()}
    links, problems = await _links(source, services)
    # What the sending will look up: what is refused there ends in words here, before anybody has got anything.
    await services.own_tickets.end_users({services.settings.mail_from_address})
    await services.own_tickets.by_reference({own_ticket_reference(candidate.key, MemberKind.PERSON, 0)})
    relation = services.settings.pureservice_121_relation
    relation_type = await services.own_tickets.named("relationshiptype", relation) if relation else 0
    if relation and not relation_type:
        problems.append(
            f"Relasjonen «{relation}» finnes ikke i Pureservice, og de nye sakene kan ikke lages uten. "
            "Be den som drifter løsningen om å rette oppsettet."
        )
    if not services.settings.mail_replyto_address:
        problems.append(
            "Utsendelse med egen sak per mottaker trenger en svaradresse, slik at svarene havner i riktig sak. "
            "Be den som drifter løsningen om å sette den til adressen som Pureservice leser."
        )
    if problems:
        raise Rejected(problems)
    assert candidate.message is not None
    return OwnTicketTemplate(
        mother=candidate.ticket.id,
        subject=marks.in_line(candidate.ticket.subject, number=NO_NUMBER),
        description=marks.in_fragment(str(source.get("description") or ""), number=NO_NUMBER),
        message_subject=marks.in_line(candidate.message.subject.strip() or candidate.ticket.subject),
        message=marks.in_fragment(candidate.message.html),
        links=links,
        custom_fields={
            name: value for name, value in source.items() if CUSTOM_FIELD.fullmatch(name) and value is not None
        },
        relation_type=relation_type,
    )


async def _links(source: Mapping[str, Any], services: Services) -> tuple[dict[str, int], list[str]]:
    """What the tickets are linked to, as the mother ticket is or as the settings say; and what can't be found."""
    links: dict[str, int] = {}
    problems: list[str] = []
    for link, (resource, noun, setting) in LINKED.items():
        name: str = getattr(services.settings, setting)
        number = source.get(f"{link.lower()}id") or (await services.own_tickets.named(resource, name) if name else 0)
        if number:
            links[link] = int(number)
        else:
            problems.append(_lacking(noun, name))
    request_type = source.get("requesttypeid") or await services.own_tickets.named("requesttype", REQUEST_TYPE)
    links["requestType"] = int(request_type or 0)
    links |= {link: int(number) for link in OPTIONAL if (number := source.get(f"{link.lower()}id"))}
    return links, problems


def _lacking(noun: str, name: str) -> str:
    if not name:
        return f"{noun} er ikke satt på saken, og de nye sakene kan ikke lages uten. Sett verdien på saken."
    return (
        f"{noun} «{name}» finnes ikke i Pureservice, og de nye sakene kan ikke lages uten. "
        "Sett verdien på saken, eller be den som drifter løsningen om å rette oppsettet."
    )


async def freeze_template(key: DispatchKey, template: OwnTicketTemplate, services: Services) -> str:
    """Writes the template once; returns the hash that reads it back."""
    body = template.to_json()
    digest = hashlib.sha256(body).hexdigest()
    await services.content.put(f"{key}/{digest}.case.json", body, content_type="application/json")
    return digest


async def thaw_template(dispatch: Dispatch, services: Services) -> OwnTicketTemplate:
    """The template as it was frozen.

    Raises:
        ContentMissing: the blob is gone, or is not what was written.
    """
    name = f"{dispatch.key}/{dispatch.content.own_ticket_hash}.case.json"
    content = await services.content.get(name)
    if content is None or hashlib.sha256(content).hexdigest() != dispatch.content.own_ticket_hash:
        raise ContentMissing(f"{name} is {'gone' if content is None else 'not what was frozen'}")
    return OwnTicketTemplate.from_json(content)
