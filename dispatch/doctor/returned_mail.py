"""Whether what comes back can be read, and be put where the settings say. Nothing is moved or marked."""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial

from dispatch.ports import Check, Clock, Places, ReturnedMails, ReturnsMark, Trouble, Words
from dispatch.wiring import Resources, open_returned_mails

A_MINUTE = timedelta(minutes=1)
READS = {True: "returned_mail", False: "return_path_mail"}  # whether it is the sender's own mailbox


def returned_mail_checks(resources: Resources, clock: Clock) -> Sequence[Check]:
    """Those of each mailbox that is read; none where returned mail is off."""
    found = open_returned_mails(resources)
    folder = resources.settings.mail_returns_folder
    sender = resources.settings.mail_from_address
    checks: list[Check] = []
    for mailbox, mails in found.items():
        checks.append(_reads(mails, clock, own=mailbox == sender))
        checks += [_moves(mails, folder, own=mailbox == sender)] if folder else []
    return checks


def _reads(mails: ReturnedMails, clock: Clock, *, own: bool) -> Check:
    return Check(
        name=READS[own],
        ask=partial(_read, mails, clock),
        places=Places("GRAPH_BASE_URL"),
        nb=Words(
            f"Returmeldinger: rett til å lese {'avsenderens postboks' if own else 'postboksen i MAIL_RETURN_PATH'}",
            "Gi Mail.Read for postboksen (docs/mail-permission.md), eller sett DISPATCH_RETURNS_DAYS til 0. Uten den sier rapporten at det ikke er kjent hva som kommer i retur.",
        ),
        en=Words(
            f"Returned mail: right to read {'the sender' if own else 'MAIL_RETURN_PATH'}'s mailbox",
            "Give Mail.Read of the mailbox (docs/mail-permission.md), or set DISPATCH_RETURNS_DAYS to 0. Without it the report says that nobody knows what comes back.",
        ),
        needs="graph_reconcile" if own else "",
    )


async def _read(mails: ReturnedMails, clock: Clock) -> None:
    now = clock()
    await mails.page(ReturnsMark(mails.folders[0], now - A_MINUTE), now=now)


def _moves(mails: ReturnedMails, folder: str, *, own: bool) -> Check:
    async def ask() -> Trouble | None:
        if await mails.has_folder(folder):
            return None
        return Trouble(
            f"MAIL_RETURNS_FOLDER: «{folder}» finnes ikke", f"MAIL_RETURNS_FOLDER: «{folder}» does not exist"
        )

    return Check(
        name="returns_folder" if own else "return_path_folder",
        ask=ask,
        places=Places("GRAPH_BASE_URL"),
        nb=Words(
            "Returmeldinger: mappen de flyttes til",
            "Lag mappen i postboksen, øverst blant mappene, eller tøm MAIL_RETURNS_FOLDER. Å flytte krever Mail.ReadWrite.",
        ),
        needs=READS[own],
        en=Words(
            "Returned mail: the folder that it is moved to",
            "Make the folder in the mailbox, at the top, or empty MAIL_RETURNS_FOLDER. Moving needs Mail.ReadWrite.",
        ),
    )
