"""All adapters of one process, opened together."""

from functools import partial

from dispatch.mail import FrozenLetters
from dispatch.services import Services, Statuses, TicketWatch
from dispatch.settings import Settings
from dispatch.typesetting import set_letter
from dispatch.wiring.eformidling import open_exchange_transport
from dispatch.wiring.graph_mail import former_mailboxes, open_graph, returned_mails
from dispatch.wiring.pureservice import open_pureservice
from dispatch.wiring.resources import Resources, now
from dispatch.wiring.spreadsheets import open_sheets
from dispatch.wiring.storage import open_content, open_ledger, open_queues, open_reader, open_templates
from dispatch.wiring.transports import open_transport


class Wiring:
    """The open adapters of one process. Async triggers share the worker's one loop, so one set serves them all."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._resources = Resources(settings)

    async def open(self) -> Services:
        """Opens everything; what fails half-way is closed again."""
        try:
            return await self._open()
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """Closes everything that was opened."""
        await self._resources.close()

    async def _open(self) -> Services:
        resources = self._resources
        tickets = open_pureservice(resources)
        ledger, content = open_ledger(resources), open_content(resources)
        queues, reader = open_queues(resources), open_reader(resources)
        await ledger.open()
        await content.open()
        transports = tuple(open_transport(name, resources) for name in self.settings.transports)
        return Services(
            settings=self.settings,
            clock=now,
            tickets=tickets,
            own_tickets=tickets.own_tickets,
            undelivered_mail=tickets.undelivered_mail,
            ledger=ledger,
            reader=reader,
            content=content,
            templates=open_templates(resources),
            queues=queues,
            transports=transports,
            exchange=open_exchange_transport(resources),
            statuses=Statuses(tickets, now),
            watch=TicketWatch(tickets, now),
            letters=FrozenLetters(content),
            typesetter=set_letter,
            returned_mails=returned_mails(transports, self.settings, partial(open_graph, resources)),
            former_mailboxes=former_mailboxes(transports, self.settings),
            sheets=open_sheets(),
        )
