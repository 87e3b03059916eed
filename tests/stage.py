"""A stage for flow tests: the real verbs and adapters against the simulators, on storage twins and its own clock.

Enter by the production door, then look at what the outside received.
"""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from dispatch import tick
from dispatch.adapters.azure_communication import AzureCommunicationMail
from dispatch.adapters.eformidling import EformidlingExchange, api_base
from dispatch.adapters.graph_mail import GraphMail
from dispatch.adapters.pureservice import Pureservice
from dispatch.adapters.smtp_mail import SmtpMail
from dispatch.answering import plan_queue
from dispatch.closing import abandon, resolve
from dispatch.core import Dispatch, DispatchKey, PlanDispatch, Recipient, ResolveTicket, SendBatch, Transport
from dispatch.mail import FrozenLetters
from dispatch.ports import MailTransport
from dispatch.sending import EformidlingTransport, worker
from dispatch.services import Services, Statuses, TicketWatch
from dispatch.settings import Settings
from dispatch.wiring import former_mailboxes, returned_mails
from local.in_memory import CheckedLedger, MemoryContent, MemoryQueues, MemoryReader, QueueMessage
from local.sheet_reader import SHEETS
from local.simulators.azure_communication import ACCESS_KEY, CommunicationSimulator
from local.simulators.eformidling import IntegrationPointSimulator
from local.simulators.graph import GraphSimulator
from local.simulators.pureservice import PureserviceSimulator, Row, seed
from local.simulators.smtp import SmtpSimulator
from local.typesetter import set_once
from tests.builders import FixedClock, some_settings

KEY = "local-simulator-key"
OWN_NUMBER = "910000012"
ACS_SENDER = "varsel@varsel.etat.example"


class ProcessDiesError(BaseException):
    """The process is gone: nothing that it would have caught or tidied up."""


@dataclass
class Stage:
    """One tenant, one mailbox, one SMTP server, and the application's services in this process."""

    pureservice: PureserviceSimulator
    graph: GraphSimulator
    smtp: SmtpSimulator
    clock: FixedClock
    services: Services
    ledger: CheckedLedger
    content: MemoryContent
    queues: MemoryQueues
    made: list[MailTransport] = field(default_factory=list)
    exchange: IntegrationPointSimulator | None = None
    communication: CommunicationSimulator = field(default_factory=CommunicationSimulator)
    given: dict[str, str] = field(default_factory=dict)  # the settings that are not the tests' own

    # --- the case

    def seed(self, members: int = 5, **ticket: Any) -> Row:
        """A ready ticket with one list of so many people; returns the ticket."""
        store = self.pureservice.store
        people = [seed.add_user(store, "Kari", f"Nr {n}", email=f"kari{n}@eksempel.example") for n in range(members)]
        mailing_list = seed.add_list(store, "Listen", members=people)
        row = seed.add_ticket(store, "Høring om endring", **ticket)
        seed.relate_list_to_ticket(store, mailing_list, row)
        seed.add_dispatch_text(store, row, "<p>Hei, dette er en høring.</p>")
        return row

    # --- the triggers

    def change(self, **settings: str) -> None:
        """The operator changes settings: the application starts anew with them, and everything outside stays."""
        self.given |= settings
        anew = _assemble(self.pureservice, self.graph, self.smtp, self.clock, self.given)
        opened = anew.services
        self.made += anew.made
        self.services = replace(
            self.services,
            settings=opened.settings,
            transports=opened.transports,
            exchange=opened.exchange,
            returned_mails=opened.returned_mails,
            former_mailboxes=opened.former_mailboxes,
        )

    async def tick(self) -> None:
        """The timer fires, and what it asks to be planned is planned."""
        await tick.run(self.services)
        await self.plans()

    async def plans(self) -> None:
        """Delivers the messages that ask for plans and are visible."""
        while (message := self.queues.take(PlanDispatch)) is not None:
            await self.handle(message)

    async def handle(self, message: QueueMessage) -> None:
        """A queue message is delivered."""
        match message:
            case PlanDispatch():
                await plan_queue.run(message, self.services)
            case SendBatch():
                await worker.run(message, self.services)
            case ResolveTicket():
                await resolve.run(message, self.services)

    async def handle_next(self) -> None:
        """The first message that is visible is delivered, and no other."""
        message = self.queues.take()
        assert message is not None
        await self.handle(message)

    async def drain(self, *, hours: float = 0.0) -> int:
        """Delivers every message that is visible, and moves the clock to later ones within the hours given."""
        until, handled = self.clock() + timedelta(hours=hours), 0
        while True:
            message = self.queues.take()
            if message is not None:
                await self.handle(message)
                handled += 1
                continue
            following = self.queues.next_visible()
            if following is None or following > until:
                return handled
            self.clock.now = max(self.clock.now, following)

    async def run(self, *, hours: float = 24.0) -> None:
        """Ticks every five minutes and delivers messages until nothing is left to do."""
        until = self.clock() + timedelta(hours=hours)
        while self.clock() < until:
            await self.tick()
            await self.drain()
            if not self.queues.messages and not await self.ledger.active():
                return
            step = self.clock() + timedelta(minutes=5)
            await self.drain(hours=5 / 60)
            self.clock.now = max(self.clock.now, step)

    async def poison(self, message: SendBatch | PlanDispatch) -> None:
        """A message has failed five times."""
        if isinstance(message, PlanDispatch):
            await plan_queue.give_up(message, self.services)
            return
        await abandon.put_batch_back(message, self.services)

    async def dies_in_flight(self, message: SendBatch, *, records: int = 1) -> None:
        """The worker's process dies with so many records written, the intents of its first window being the first."""
        real, left = self.ledger.record, records

        async def record(*args: Any) -> Any:
            nonlocal left
            left -= 1
            if left < 0:
                raise ProcessDiesError
            return await real(*args)

        self.ledger.record = record  # type: ignore[assignment, method-assign]
        try:
            await self.handle(message)
        except ProcessDiesError:
            return
        finally:
            del self.ledger.record
        raise AssertionError("the worker was done before that")

    # --- what became of it

    def dispatch_of(self, ticket: Row) -> Dispatch:
        (found,) = [d for d in self.ledger.heads.values() if d.ticket_id == ticket["id"]]
        return found

    def rows_of(self, ticket: Row) -> list[Recipient]:
        key = DispatchKey(self.dispatch_of(ticket).key)
        return [row for _, row in sorted(self.ledger.rows.get(key, {}).items())]

    def states_of(self, ticket: Row) -> Counter[str]:
        return Counter(str(row.state) for row in self.rows_of(ticket))

    def received(self) -> Counter[str]:
        """How often each address received a letter, whatever carried it."""
        counted = Counter(mail.to.casefold() for mail in self.graph.received)
        counted.update(mail.to.casefold() for mail in self.smtp.received)
        counted.update(mail.to.casefold() for mail in self.communication.received)
        return counted

    def status_of(self, ticket: Row) -> str:
        store = self.pureservice.store
        return str(store.statuses[store.tickets[ticket["id"]]["statusId"]]["name"])

    def set_status(self, ticket: Row, name: str) -> None:
        """The case worker sets a status."""
        store = self.pureservice.store
        store.update("ticket", store.tickets[ticket["id"]], {"statusId": seed.status_id(store, name)})
        self.services.watch.forget()

    def notes_on(self, ticket: Row) -> list[str]:
        return [
            str(row["text"])
            for row in self.pureservice.store.communications.values()
            if row.get("ticketId") == ticket["id"] and row.get("type") == 1
        ]

    def solutions_on(self, ticket: Row) -> list[str]:
        """Every solution that was written on the ticket."""
        return [
            str(write.payload["solution"])
            for write in self.pureservice.history
            if write.resource == "ticket" and write.id == ticket["id"] and write.payload.get("solution")
        ]

    def files_on(self, ticket: Row) -> list[str]:
        rows = self.pureservice.store.attachments.values()
        return [str(row["fileName"]) for row in rows if row["ticketId"] == ticket["id"]]


@asynccontextmanager
async def a_stage(**settings: str) -> AsyncIterator[Stage]:
    """Opens the simulators and the services; settings in upper case override the tests' own.

    ``WITH_EXCHANGE="1"`` adds the integration point of eFormidling; Communication Services is there where it is named.
    """
    clock = FixedClock()
    communication = CommunicationSimulator(clock=lambda: clock().timestamp())
    with_communication = Transport.COMMUNICATION in settings.get("MAIL_MAILER", "")
    exchange = (
        IntegrationPointSimulator(own_organisation=OWN_NUMBER, clock=clock)
        if settings.pop("WITH_EXCHANGE", "")
        else None
    )
    pureservice = PureserviceSimulator(api_key=KEY, requests_per_minute=None, clock=lambda: clock().timestamp())
    graph, smtp = GraphSimulator(clock=lambda: clock().timestamp()), SmtpSimulator()
    seed.seed_basics(pureservice.store)
    await pureservice.start()
    await graph.start()
    smtp.start()
    if exchange is not None:
        await exchange.start()
        settings = {"EF_IP_URL": exchange.url, "EF_SELF_ID": OWN_NUMBER, **settings}
    if with_communication:
        await communication.start()
        settings = {
            "ACS_ENDPOINT": communication.url,
            "ACS_SENDER": ACS_SENDER,
            "ACS_ACCESS_KEY": ACCESS_KEY,
            **settings,
        }
    stage = _assemble(pureservice, graph, smtp, clock, settings)
    stage.exchange, stage.communication = exchange, communication
    try:
        yield stage
    finally:
        for transport in stage.made:
            await transport.close()
        if exchange is not None:
            await exchange.stop()
        if with_communication:
            await communication.stop()
        tickets = stage.services.tickets
        assert isinstance(tickets, Pureservice)
        await tickets.close()
        smtp.stop()
        await graph.stop()
        await pureservice.stop()


def _assemble(
    pureservice: PureserviceSimulator,
    graph: GraphSimulator,
    smtp: SmtpSimulator,
    clock: FixedClock,
    overrides: dict[str, str],
) -> Stage:
    s = some_settings(
        **{
            "PURESERVICE_URL": pureservice.url,
            "PURESERVICE_APIKEY": KEY,
            "GRAPH_BASE_URL": graph.url,
            "MAIL_HOST": smtp.host,
            "MAIL_PORT": str(smtp.port),
            "PURESERVICE_REQUESTS_PER_MINUTE": "1000",
            "DISPATCH_RETURNS_DAYS": "0",  # tests of returned mail set it: it asks for something at every tick
            **overrides,
        }
    )
    tickets = Pureservice(
        url=s.pureservice_url,
        api_key=KEY,
        message_type_name=s.pureservice_dispatch_commtype_name,
        list_asset_type=s.pureservice_dispatch_list_assetname,
        link_to_company=s.pureservice_dispatch_link_to_company,
        link_to_user=s.pureservice_dispatch_link_to_user,
        link_to_ticket=s.pureservice_dispatch_link_to_ticket,
        requests_per_minute=1_000_000,  # a minute of ours may hold hours of work
        patience_seconds=0.5,
        monotonic=lambda: clock().timestamp(),
        sleep=clock.sleep,
    )
    graph_mail = GraphMail(
        sender=s.mail_from_address,
        credential=None,
        base_url=s.graph_base_url,
        save_to_sent_items=s.mail_reconcile != "off",
        draft=s.mail_reconcile == "draft",
        may_look=s.mail_reconcile != "off",
        timeout_seconds=2,
    )
    smtp_mail = SmtpMail(
        host=s.mail_host,
        port=s.mail_port,
        encryption="none",
        timeout_seconds=2,
        connections=s.mail_host_concurrency or 2,
        returns_to=s.returns_to if s.mail_return_path else None,
    )
    made: dict[Transport, MailTransport] = {
        Transport.GRAPH: graph_mail,
        Transport.SMTP: smtp_mail,
        Transport.COMMUNICATION: AzureCommunicationMail(
            endpoint=s.acs_endpoint,
            sender=s.acs_sender,
            access_key=s.acs_access_key.get_secret_value(),
            remembers=timedelta(minutes=s.acs_remembers_minutes),
            concurrency=s.acs_concurrency,
            timeout_seconds=2,
            clock=clock,
        ),
    }
    transports = tuple(made[name] for name in s.transports)
    ledger, content, queues = CheckedLedger(), MemoryContent(), MemoryQueues(clock)
    ledger.doubt_bound, ledger.mailbox_tells = s.dispatch_window_size, s.mail_reconcile != "off"
    services = Services(
        settings=s,
        clock=clock,
        tickets=tickets,
        own_tickets=tickets.own_tickets,
        undelivered_mail=tickets.undelivered_mail,
        ledger=ledger,
        reader=MemoryReader(ledger),
        content=content,
        templates=MemoryContent(),
        queues=queues,
        transports=transports,
        exchange=_exchange(s, clock),
        statuses=Statuses(tickets, clock),
        watch=TicketWatch(tickets, clock),
        letters=FrozenLetters(content),
        typesetter=set_once,
        returned_mails=returned_mails(transports, s, lambda: graph_mail),
        former_mailboxes=former_mailboxes(transports, s),
        sheets=SHEETS,
    )
    closing = [*made.values(), *([services.exchange] if services.exchange else [])]
    return Stage(pureservice, graph, smtp, clock, services, ledger, content, queues, closing, given=dict(overrides))


def _exchange(s: Settings, clock: FixedClock) -> EformidlingTransport | None:
    if not s.ef_ip_url:
        return None
    exchange = EformidlingExchange(
        base_url=api_base(s.ef_ip_url, s.ef_ip_prefix),
        auth="none",
        sender=s.ef_self_id,
        sender_name="Etaten",
        system_name=s.ef_system_name,
        clock=clock,
        timeout_seconds=2,
    )
    return EformidlingTransport(exchange, s, typesetter=set_once)
