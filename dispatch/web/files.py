"""What is not a page: assets, the letter and the report for their frames, the recipients as CSV."""

import asyncio
from urllib.parse import urlsplit

from dispatch.core import OWN_TICKET_NUMBER, Letter, report_file_name
from dispatch.planning import as_page, everyone, in_lots, own_columns, owns_of
from dispatch.report import CsvFile
from dispatch.settings import Settings
from dispatch.watching import overview
from dispatch.web import view
from dispatch.web.asked import Asked, NotFound
from dispatch.web.http import HTML, Answer, download
from dispatch.web.pages import outline_of

# Nothing runs, nothing is fetched, no form is sent, and only our own page may frame it.
FRAMED = "default-src 'none'; style-src 'unsafe-inline'; img-src data:{images}; font-src data:; base-uri 'none'; "
FRAMED += "form-action 'none'; frame-ancestors 'self'; sandbox"
EVER = "private, max-age=31536000, immutable"


async def static(asked: Asked) -> Answer:
    """One of our own files; its address changes with its content."""
    name = asked.parts["name"]
    if name not in view.STATIC:
        raise NotFound
    return Answer(view.asset(name), 200, view.STATIC[name]).having(Cache_Control=EVER)


async def letter(asked: Asked) -> Answer:
    """The letter as it was frozen."""
    found = await outline_of(asked)
    frozen = await overview.letter(found, asked.services)
    if frozen is None:
        raise NotFound
    return framed_letter(frozen, asked.services.settings)


async def report(asked: Asked) -> Answer:
    """The report as it stands in the ticket."""
    found = await overview.report(asked.key, asked.services)
    if found is None:
        raise NotFound
    return Answer(found, policy=FRAMED.format(images=""))


async def recipients(asked: Asked) -> Answer:
    """Everyone, as in the report's own CSV file."""
    await outline_of(asked)
    settings = asked.services.settings
    columns = await own_columns(asked.key, asked.services)
    table = CsvFile(
        ticket_page=settings.ticket_page(),
        redirect_now=settings.mail_redirect_to,
        fields=columns.titles,
        with_own=columns.any,
    )
    async for some in in_lots(everyone(asked.key, asked.services)):
        owns = await owns_of(asked.key, some, asked.services) if columns.any else ()
        await asyncio.to_thread(table.add_all, some, owns)
    name = report_file_name(asked.key, "mottakere", "csv")
    return download(table.to_bytes(), "text/csv; charset=utf-8", name)


def framed_letter(letter: Letter, settings: Settings) -> Answer:
    """The letter for a frame: its pictures are inside it, and only the logo may lie elsewhere."""
    logo = urlsplit(settings.mail_logo)
    images = f" https://{logo.hostname}" if logo.scheme == "https" and logo.hostname else ""
    html = as_page(letter).replace(OWN_TICKET_NUMBER, "·····")
    return Answer(html.encode(), 200, HTML, policy=FRAMED.format(images=images))
