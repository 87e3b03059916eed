"""Whether what comes back can be read, and be put where the settings say. Nothing is moved or marked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from dispatch.ports import Check, Clock, Places, ReturnedMails, ReturnsMark, Trouble, Words
from dispatch.settings import Settings
from dispatch.wiring import Resources, open_returned_mails

A_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class _Box:
    """A mailbox that is read: the names of its checks, what it is called, and the check that it needs."""

    reads: str
    moves: str
    nb: str
    en: str
    needs: str = ""


_ELSEWHERE = _Box(
    "return_path_mail", "return_path_folder", "postboksen i MAIL_RETURN_PATH", "MAIL_RETURN_PATH's mailbox"
)


def returned_mail_checks(resources: Resources, clock: Clock) -> Sequence[Check]:
    """Those of each mailbox that is read; none where returned mail is off."""
    found = open_returned_mails(resources)
    folder = resources.settings.mail_returns_folder
    own = _own_boxes(resources.settings)
    checks: list[Check] = []
    for mailbox, mails in found.items():
        box = own.get(mailbox, _ELSEWHERE)
        checks += [_reads(mails, clock, box), *([_moves(mails, folder, box)] if folder else [])]
    return checks


def _own_boxes(settings: Settings) -> dict[str, _Box]:
    """Those of the senders, numbered where they are several, as the checks of their rights are."""
    mailboxes, members = settings.own_mailboxes, max(1, len(settings.pool))
    if len(mailboxes) == 1:
        nb, en = "avsenderens postboks", "the sender's mailbox"
        return {mailboxes[0]: _Box("returned_mail", "returns_folder", nb, en, needs="graph_reconcile")}
    return {
        mailbox: _Box(
            f"returned_mail_{number}",
            f"returns_folder_{number}",
            f"postboksen {mailbox}",
            f"{mailbox}'s mailbox",
            needs=f"graph_reconcile_{number}" if 1 < members >= number else "",
        )
        for number, mailbox in enumerate(mailboxes, start=1)
    }


def _reads(mails: ReturnedMails, clock: Clock, box: _Box) -> Check:
    return Check(
        name=box.reads,
        ask=partial(_read, mails, clock),
        places=Places("GRAPH_BASE_URL"),
        nb=Words(
            f"Returmeldinger: rett til å lese {box.nb}",
            "Gi Mail.Read for postboksen (docs/mail-permission.md), eller sett DISPATCH_RETURNS_DAYS til 0. Uten den sier rapporten at det ikke er kjent hva som kommer i retur.",
        ),
        en=Words(
            f"Returned mail: right to read {box.en}",
            "Give Mail.Read of the mailbox (docs/mail-permission.md), or set DISPATCH_RETURNS_DAYS to 0. Without it the report says that nobody knows what comes back.",
        ),
        needs=box.needs,
    )


async def _read(mails: ReturnedMails, clock: Clock) -> None:
    now = clock()
    await mails.page(ReturnsMark(mails.folders[0], now - A_MINUTE), now=now)


def _moves(mails: ReturnedMails, folder: str, box: _Box) -> Check:
    async def ask() -> Trouble | None:
        if await mails.has_folder(folder):
            return None
        return Trouble(
            f"MAIL_RETURNS_FOLDER: «{folder}» finnes ikke", f"MAIL_RETURNS_FOLDER: «{folder}» does not exist"
        )

    return Check(
        name=box.moves,
        ask=ask,
        places=Places("GRAPH_BASE_URL"),
        nb=Words(
            "Returmeldinger: mappen de flyttes til",
            "Lag mappen i postboksen, øverst blant mappene, eller tøm MAIL_RETURNS_FOLDER. Å flytte krever Mail.ReadWrite.",
        ),
        needs=box.reads,
        en=Words(
            "Returned mail: the folder that it is moved to",
            "Make the folder in the mailbox, at the top, or empty MAIL_RETURNS_FOLDER. Moving needs Mail.ReadWrite.",
        ),
    )
