"""Whether a ticket's own choices allow a dispatch: its channel, and its one message. Pure."""

from collections.abc import Sequence

from dispatch.core import Channel, Communication, Dispatch, Scenario, Ticket
from dispatch.planning.follow_up import follow_up_problems, is_follow_up
from dispatch.planning.unreadable_rows import unreadable
from dispatch.services import Services


def channel_of(
    ticket: Ticket, scenario: Scenario, earlier: Dispatch | None, services: Services
) -> tuple[Channel, list[str]]:
    """How the ticket is to be sent, and why it can not be. A follow-up goes the way that the ``earlier`` one went."""
    settings = services.settings
    user = ticket.user_address.strip().casefold()
    follows = is_follow_up(ticket, settings)
    after_exchange = follows and earlier is not None and earlier.channel is Channel.EFORMIDLING
    if follows and (problems := follow_up_problems(earlier, settings)):
        return _by_mail(scenario), problems
    if after_exchange or user == settings.pureservice_dispatch_ef.casefold():
        if services.exchange is None:
            return Channel.EFORMIDLING, [
                "Utsending gjennom eFormidling er ikke satt opp. Velg en annen sluttbruker, "
                "eller be den som drifter løsningen om å sette opp eFormidling."
            ]
        if settings.mail_redirect_to:
            return Channel.EFORMIDLING, [
                "Løsningen står i prøvemodus, og en prøve kan ikke sendes gjennom eFormidling. "
                f"Sett sluttbruker til {settings.pureservice_dispatch_email}."
            ]
        return Channel.EFORMIDLING, []
    if follows or user == settings.pureservice_dispatch_email.casefold():
        return _by_mail(scenario), []
    return _by_mail(scenario), [
        "Sluttbrukeren på saken sier ikke hvordan meldingen skal sendes. "
        f"Sett sluttbruker til {settings.pureservice_dispatch_email}."
    ]


def _by_mail(scenario: Scenario) -> Channel:
    return Channel.TICKET if scenario is Scenario.ONE_TO_ONE else Channel.EMAIL


def message_problems(fresh: Sequence[Communication], services: Services) -> list[str]:
    """What is wrong with the messages that are not sent yet."""
    kind = services.settings.pureservice_dispatch_commtype_name
    if not fresh:
        return [f"Saken mangler meldingen som skal sendes ut. Skriv den som kommunikasjonstypen «{kind}»."]
    if len(fresh) > 1:
        return [
            f"Saken har {len(fresh)} meldinger av typen «{kind}» som ikke er sendt ut. "
            "Det må være nøyaktig én. Slett dem som ikke skal sendes."
        ]
    if fresh[0].faults:
        return [unreadable("communication", fresh[0].id, fresh[0].faults)]
    if not fresh[0].html.strip():
        return ["Meldingen som skal sendes ut, er tom."]
    return []
