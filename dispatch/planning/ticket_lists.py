"""The mailing lists of a ticket, and what is wrong where there is nobody on them."""

from collections.abc import Sequence

from dispatch.core import MailingList, Rejected, TicketSystemRefused, text
from dispatch.planning.candidates import Candidate
from dispatch.planning.follow_up import is_follow_up
from dispatch.planning.letter_files import choose
from dispatch.planning.plan_writer import PlanWriter
from dispatch.services import Services

MOST_OF_NAMES = 1000  # of the names of lists in one sentence


async def lists_of(
    candidate: Candidate, services: Services, *, with_file: bool = False, came_in: Sequence[str] = ()
) -> list[MailingList]:
    """The lists that the ticket is related to; one that has a recipients' file needs none.

    ``came_in`` are the names of files that would be one, had nobody sent them to the ticket.

    Raises:
        Rejected: there are none that can be used, or too many.
    """
    related = await services.tickets.mailing_lists(candidate.ticket.id)
    usable = [found for found in related if found.usable]
    most = services.settings.dispatch_max_lists
    if len(usable) > most:
        raise Rejected(
            [
                f"Saken er koblet til {len(usable)} mottakerlister, og grensen er {most}. "
                "Del utsendelsen i flere saker, eller samle mottakerne i færre lister."
            ]
        )
    if usable or with_file:
        return list(related)
    kind = services.settings.pureservice_dispatch_list_assetname
    strangers = [
        f"Filen «{name}» kom inn med en melding, og brukes ikke som mottakerfil. Er den riktig, så last den ned og "
        "legg den i saken selv."
        for name in came_in
    ]
    if related:
        why = f"Mottakerlisten som er koblet til saken, er slettet eller ikke aktiv: {names_of(related)}."
        raise Rejected([f"{why} Gjør listen aktiv i Pureservice, eller koble saken til en annen.", *strangers])
    relation = services.settings.pureservice_dispatch_link_to_ticket
    raise Rejected(
        [
            f"Saken er ikke koblet til noen mottakerliste. Koble den til en {kind} med relasjonen «{relation}», "
            "som kan ha et annet navn på saken.",
            *strangers,
        ]
    )


async def list_problems(candidate: Candidate, services: Services) -> Sequence[str]:
    """What the lists lack, of a ticket that lacks something else: a case worker is told of both at once."""
    if not candidate.incomplete or is_follow_up(candidate.ticket, services.settings):
        return ()
    try:
        files = await choose(candidate.ticket.id, candidate.message, services)
        await lists_of(candidate, services, with_file=bool(files.recipients), came_in=files.came_in)
    except Rejected as error:
        return error.problems
    except TicketSystemRefused as error:
        if error.is_of_the_key_itself:
            raise
    return ()


def refuse_useless(writer: PlanWriter, names: str) -> None:
    """Refuses a plan that nobody would get a letter by.

    Raises:
        Rejected: the lists are empty, or nobody on them has an address.
    """
    if not writer.recipients:
        raise Rejected([f"Mottakerlisten er tom: {names}. Legg til personer eller firmaer i den."])
    if writer.recipients == writer.skipped:
        raise Rejected(
            [
                f"Ingen av de {writer.recipients} mottakerne i {names} har en e-postadresse som kan brukes. "
                "De kan mangle adresse, ha en ugyldig adresse eller være deaktivert."
            ]
        )


def names_of(lists: Sequence[MailingList], *, file: str = "") -> str:
    """Lists and file by their names, in one sentence."""
    names = [*([file] if file else []), *(found.name for found in lists)]
    return text.joined((f"«{name}»" for name in names), most=MOST_OF_NAMES, between=", ")
