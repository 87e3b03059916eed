"""Everything outside that the doctor examines, all of it well."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from dispatch import doctor
from local.simulators.graph import GraphSimulator
from local.simulators.pureservice import PureserviceSimulator, seed
from local.simulators.smtp import SmtpSimulator

MAILBOX = "ikkesvar@etat.example"
KEY = "doctors-key"


@dataclass
class Surgery:
    """Everything outside, and the settings that point to it."""

    pureservice: PureserviceSimulator
    graph: GraphSimulator
    smtp: SmtpSimulator
    environ: dict[str, str]

    async def crosses(self, **settings: str) -> list[str]:
        findings = await doctor.examine({**self.environ, **settings})
        failed = [finding for finding in findings if finding.ok is False]
        for finding in failed:
            assert finding.detail
            assert finding.remedy
        return [finding.check for finding in failed]


@asynccontextmanager
async def a_surgery(storage: str) -> AsyncIterator[Surgery]:
    pureservice = PureserviceSimulator(api_key=KEY, requests_per_minute=None)
    graph, smtp = GraphSimulator(mailboxes=(MAILBOX,)), SmtpSimulator(username="utsending", password="passord")
    store = pureservice.store
    seed.seed_basics(store)
    seed.add_dispatch_text(store, seed.add_ticket(store, "En sak"), "<p>Hei</p>")
    await pureservice.start()
    await graph.start()
    smtp.start()
    environ = {
        "PURESERVICE_URL": pureservice.url,
        "PURESERVICE_APIKEY": KEY,
        "GRAPH_BASE_URL": graph.url,
        "MAIL_FROM_ADDRESS": MAILBOX,
        "MAIL_REPLYTO_ADDRESS": "post@etat.example",
        "MAIL_HOST": smtp.host,
        "MAIL_PORT": str(smtp.port),
        "MAIL_ENCRYPTION": "none",
        "MAIL_USERNAME": "utsending",
        "MAIL_PASSWORD": "passord",
        "AzureWebJobsStorage": storage,
    }
    try:
        yield Surgery(pureservice, graph, smtp, environ)
    finally:
        smtp.stop()
        await graph.stop()
        await pureservice.stop()
