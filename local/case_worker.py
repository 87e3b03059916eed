"""A small page of the simulated Pureservice, where one is the case worker: make a ticket, set its status, read notes.

It shows what stands in the simulator's store; the application only ever sees the store through the API.
"""

from collections.abc import Sequence
from html import escape
from urllib.parse import quote

from aiohttp import web

from local.simulators.pureservice import seed
from local.simulators.pureservice.effects import MESSAGE, NOTE
from local.simulators.pureservice.store import Row, Store

STATUSES = (seed.OPEN, seed.READY, seed.READY_121, "Løst")
CSS = """body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:0 auto;padding:1rem;color-scheme:light dark}
label,input,select,textarea{display:block;width:100%;box-sizing:border-box;font:inherit;margin:.2rem 0 .8rem}
textarea{min-height:9rem}button{font:inherit;padding:.4rem 1rem}table{border-collapse:collapse;width:100%}
th,td{text-align:left;padding:.3rem .8rem .3rem 0;border-bottom:1px solid #8886}
article{border:1px solid #8886;border-radius:.4rem;padding:.5rem 1rem;margin:1rem 0;overflow-x:auto}
article.ark{background:#fff;color:#1b1f24}"""


class CaseWorkerPage:
    """The page as a server of its own, over one store."""

    def __init__(self, store: Store, *, status_page: str) -> None:
        self._store = store
        self._status_page = status_page
        self._runner: web.AppRunner | None = None
        self.url = ""

    async def start(self, port: int = 0) -> None:
        """Listens on this machine only."""
        app = web.Application(client_max_size=1024 * 1024)
        app.router.add_get("/", self._front)
        app.router.add_post("/", self._create)
        app.router.add_get(r"/sak/{number:\d+}", self._ticket)
        app.router.add_post(r"/sak/{number:\d+}", self._set_status)
        app.router.add_get(r"/fil/{number:\d+}", self._file)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        """Stops listening."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def _front(self, _: web.Request) -> web.Response:
        rows = "".join(
            f'<tr><td><a href="/sak/{row["requestNumber"]}">{row["requestNumber"]}</a></td>'
            f"<td>{_text(row['subject'])}</td><td>{_text(self._status(row))}</td></tr>"
            for row in reversed(list(self._store.tickets.values()))
        )
        lists = _options([str(row["name"]) for row in self._lists()])
        form = (
            '<form method="post"><label>Emne<input name="emne" required maxlength="200"></label>'
            f'<label>Mottakerliste<select name="liste">{lists}</select></label>'
            '<label>Meldingen<textarea name="melding" required></textarea></label>'
            f'<label>Status<select name="status">{_options(STATUSES[:3])}</select></label>'
            "<button>Lag saken</button></form>"
        )
        head = "<tr><th>Sak</th><th>Emne</th><th>Status</th></tr>"
        return self._page("Saker", f"<h1>Saker</h1><table>{head}{rows}</table><h2>Ny sak</h2>{form}")

    async def _create(self, request: web.Request) -> web.Response:
        form = {name: str(value) for name, value in (await request.post()).items()}
        chosen = next((row for row in self._lists() if row["name"] == form.get("liste")), None)
        subject, message, status = (form.get(name, "").strip() for name in ("emne", "melding", "status"))
        if chosen is None or not subject or not message or status not in STATUSES:
            raise web.HTTPBadRequest(text="Saken mangler emne, liste, melding eller status.")
        row = seed.add_ticket(self._store, subject, status=seed.OPEN)
        seed.relate_list_to_ticket(self._store, chosen, row)
        paragraphs = (f"<p>{escape(part)}</p>" for part in message.splitlines() if part.strip())
        seed.add_dispatch_text(self._store, row, "".join(paragraphs), subject=subject)
        self._set(row, status)
        raise web.HTTPSeeOther(f"/sak/{row['requestNumber']}")

    async def _ticket(self, request: web.Request) -> web.Response:
        row = self._of(request)
        said = [item for item in self._store.communications.values() if item.get("ticketId") == row["id"]]
        files = [item for item in self._store.attachments.values() if item.get("ticketId") == row["id"]]
        form = (
            f'<form method="post"><label>Status<select name="status">{_options(STATUSES, self._status(row))}</select>'
            "</label><button>Sett status</button></form>"
        )
        parts = [
            f"<h1>Sak {row['requestNumber']}: {_text(row['subject'])}</h1>{form}",
            f'<p><a href="/">Alle saker</a> · <a href="{escape(self._status_page)}">Statussiden</a> · '
            "Last siden på nytt for å se hva som har kommet.</p>",
            f'<h2>Løsning</h2><article class="ark">{row["solution"]}</article>' if row.get("solution") else "",
            "<h2>Filer</h2><ul>" if files else "",
            *(f'<li><a href="/fil/{item["id"]}">{_text(item["fileName"])}</a></li>' for item in files),
            "</ul>" if files else "",
            *(f"<h2>{_kind(item)}</h2><article class='ark'>{item.get('text') or ''}</article>" for item in said[::-1]),
        ]
        return self._page(f"Sak {row['requestNumber']}", "".join(parts))

    async def _set_status(self, request: web.Request) -> web.Response:
        row, status = self._of(request), str((await request.post()).get("status", ""))
        if status not in STATUSES:
            raise web.HTTPBadRequest(text="Ukjent status.")
        self._set(row, status)
        raise web.HTTPSeeOther(request.path)

    async def _file(self, request: web.Request) -> web.Response:
        row = self._store.attachments.get(int(request.match_info["number"]))
        if row is None:
            raise web.HTTPNotFound
        name = quote(str(row["fileName"]))
        return web.Response(
            body=self._store.file_bytes(row["id"]),
            content_type=str(row["contentType"]).partition(";")[0],
            headers={"Content-Disposition": f"inline; filename*=UTF-8''{name}"},
        )

    def _of(self, request: web.Request) -> Row:
        number = int(request.match_info["number"])
        found = next((row for row in self._store.tickets.values() if row["requestNumber"] == number), None)
        if found is None:
            raise web.HTTPNotFound(text=f"Det finnes ingen sak med nummer {number}.")
        return found

    def _lists(self) -> list[Row]:
        kind = self._store.assettypes.named(seed.LIST_TYPE)["id"]
        return [row for row in self._store.assets.values() if row.get("typeId") == kind]

    def _status(self, row: Row) -> str:
        return str(self._store.statuses[row["statusId"]]["name"])

    def _set(self, row: Row, status: str) -> None:
        self._store.update("ticket", row, {"statusId": seed.status_id(self._store, status)})

    def _page(self, title: str, body: str) -> web.Response:
        html = (
            f'<!doctype html><html lang="nb"><meta charset="utf-8"><title>{_text(title)} – simulert Pureservice</title>'
            f'<meta name="viewport" content="width=device-width"><style>{CSS}</style><main>{body}</main></html>'
        )
        return web.Response(text=html, content_type="text/html")


def _kind(row: Row) -> str:
    return {NOTE: "Notat", MESSAGE: "Melding"}.get(row.get("type", 0), _text(row.get("subject") or "Kommunikasjon"))


def _options(names: Sequence[str], chosen: str = "") -> str:
    return "".join(f"<option{' selected' if name == chosen else ''}>{_text(name)}</option>" for name in names)


def _text(value: object) -> str:
    return escape(str(value or ""))
