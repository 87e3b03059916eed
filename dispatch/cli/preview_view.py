"""``preview``: the preview for a person or a program."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dispatch.cli.english import in_its_language
from dispatch.cli.english_origins import ORIGINS
from dispatch.cli.export import write
from dispatch.cli.outcome import Exit, WrongUse, print_json
from dispatch.cli.terminal import console, facts_table, plain, rows_table
from dispatch.cli.texts import Texts
from dispatch.core import Channel, Detour, FileOrigin, Reason, Recipient, Scenario
from dispatch.planning import Preview, as_page, preview_of
from dispatch.report import duration_text, finish_text, norwegian_time, shown_senders
from dispatch.report import texts as norwegian

if TYPE_CHECKING:
    from dispatch.services import Services

MINUTE = 60
SHOWN = 20  # of those left out; --json gives more


async def show(
    number: int,
    services: "Services",
    texts: Texts,
    *,
    recipient: str,
    html: Path | None,
    own_tickets: bool,
    as_json: bool,
) -> Exit:
    """Looks, tells, and ends with 1 where something must be fixed."""
    ticket = await services.tickets.ticket_numbered(number)
    if ticket is None:
        raise WrongUse(texts("no_such_ticket", number=number))
    scenario = Scenario.ONE_TO_ONE if own_tickets else None
    found = await preview_of(ticket, services, recipient=recipient, scenario=scenario)
    if recipient and found.chosen is None and not (found.problems or found.stands):
        raise WrongUse(texts("no_such_recipient", recipient=recipient))
    if html is not None:
        if found.letter is None:
            raise WrongUse(texts("no_letter"))
        write(html, as_page(found.letter).encode(), texts)
    if as_json:
        print_json(as_dict(found, texts))
    else:
        _print(found, services, texts, full=bool(recipient), html=html)
    return Exit.PROBLEMS if found.problems or found.stands else Exit.OK


def as_dict(found: Preview, texts: Texts) -> dict[str, Any]:
    """The preview for a program; sentences in it are in the terminal's language."""

    def told(sentences: Sequence[str]) -> list[str]:
        return [in_its_language(sentence, texts) for sentence in sentences]

    letter = found.letter
    return {
        "ok": not (found.problems or found.stands),
        "ticket": {"id": found.ticket.id, "number": found.ticket.number, "subject": found.ticket.subject},
        "scenario": found.scenario,
        "channel": found.channel,
        "problems": told(found.problems),
        "stands": in_its_language(found.stands, texts),
        "lists": found.lists,
        "recipients": found.recipients,
        "to_send": found.to_send,
        "skipped": found.skipped,
        "duplicates": found.duplicates,
        "without_own_files": found.own.without_files,
        "by_channel": dict(found.by_channel),
        "reasons": dict(found.reasons),
        "detours": dict(found.detours),
        "sample": [_row(row, texts) | _own(found, row) for row in found.sample],
        "left_out": [_row(row, texts) for row in found.left_out],
        "recipient": _row(found.chosen, texts) | _own(found, found.chosen) if found.chosen else None,
        "letter": {
            "subject": letter.subject,
            "text": letter.text,
            "bytes": letter.size,
            "problems": told(letter.problems),
            "attachments": [{"name": part.name, "bytes": len(part.content)} for part in letter.attachments],
            "left_out": [{"name": file.name, "origin": file.origin} for file in letter.left_out],
        }
        if letter
        else None,
        "not_before": found.not_before.isoformat() if found.not_before else None,
        "not_after": found.not_after.isoformat() if found.not_after else None,
        "expected": {"done": found.done.isoformat(), "seconds": found.seconds, "paced": found.paced}
        if found.done and not found.stands
        else None,
        "redirected_to": found.redirected_to,
        "from": found.origin.sender,
        "answers_to": found.origin.answers,
    }


def _own(found: Preview, row: Recipient) -> dict[str, Any]:
    """What is the recipient's alone."""
    own = found.own.of(row)
    values = dict(zip(found.own.fields, own.values, strict=False))
    return {"values": values, "own_files": [file.name for file in own.files]} if found.own.differs else {}


def _row(row: Recipient, texts: Texts) -> dict[str, Any]:
    return {
        "name": row.name,
        "address": row.address,
        "organization_number": row.organization_number,
        "channel": row.channel,
        "state": row.state,
        "reason": row.reason,
        "why": _why(row, texts),
    }


def _print(found: Preview, services: "Services", texts: Texts, *, full: bool, html: Path | None) -> None:
    out = console()
    out.print(plain(f"{found.ticket.number}  {found.ticket.subject}"), style="bold")
    for problem in found.problems:
        out.print(plain(f"✗ {texts('must_fix')}: {in_its_language(problem, texts)}"), style="red", soft_wrap=True)
    if found.stands:
        out.print(plain(f"! {in_its_language(found.stands, texts)}"), style="yellow", soft_wrap=True)
    for problem in found.letter.problems if found.letter else ():
        out.print(plain(f"! {in_its_language(problem, texts)}"), style="yellow", soft_wrap=True)
    if found.recipients:
        out.print(facts_table(_facts(found, texts)))
    if found.left_out:
        rows = [(row.name, row.address or row.organization_number, _why(row, texts)) for row in found.left_out[:SHOWN]]
        title = f"{texts('skipped')} ({found.skipped})"
        out.print(rows_table(title, (texts("name"), texts("address"), texts("why")), rows))
        if found.skipped > len(rows):
            out.print(texts("more", count=found.skipped - len(rows)))
    if found.own.differs and not found.stands:
        _print_own(found, texts)
    if full and found.chosen:
        _print_letter(found, found.chosen, services, texts)
    if html is not None:
        out.print(plain(texts("written", file=html)))


def _print_own(found: Preview, texts: Texts) -> None:
    """What differs, at a glance."""
    own, with_files = found.own, found.own.has_files
    heads = (texts("name"), *own.fields, *([texts("own_files")] if with_files else []))
    rows = [
        (row.name or row.address or row.organization_number, *values.values(), *([", ".join(files)] * with_files))
        for row, values, files in own.lines
    ]
    console().print(rows_table(texts("differs"), heads, rows))
    if found.to_send > len(rows):
        console().print(texts("more", count=found.to_send - len(rows)))


def _facts(found: Preview, texts: Texts) -> list[tuple[str, str]]:
    letter = found.letter
    rows = [
        # What is under way or sent gets nobody anything more; the lists may have changed since.
        (texts("on_lists"), str(found.recipients))
        if found.stands
        else (texts("to_send"), f"{found.to_send} / {found.recipients}"),
        *(
            (f"  {texts('by_channel', channel=_channel(channel, texts))}", str(n))
            for channel, n in found.by_channel.items()
        ),
        (texts("skipped"), str(found.skipped)),
        *((f"  {_reason(reason, texts)}", str(count)) for reason, count in found.reasons.items()),
        *((f"{texts('detour')}: {_detour(detour, texts)}", str(count)) for detour, count in found.detours.items()),
        (texts("duplicates"), str(found.duplicates)),
        *([(texts("without_files"), str(found.own.without_files))] if found.own.without_files else []),
        (texts("lists"), ", ".join(found.lists)),
    ]
    if letter:
        names = ", ".join(part.name for part in letter.attachments)
        rows += [
            (texts("subject"), letter.subject),
            (texts("from"), found.origin.sender),
            (texts("answers"), found.origin.answers),
            (texts("size"), _size(found, texts)),
            (texts("attachments"), names or texts("nobody")),
            *((texts("left_out"), f"{file.name} ({_origin(file.origin, texts)})") for file in letter.left_out),
        ]
    for name in ("not_before", "not_after"):
        if (moment := getattr(found, name)) and not found.stands:
            rows.append((texts(name), f"{norwegian_time(moment):%Y-%m-%d %H:%M}"))
    if found.done and not found.stands:
        rows.append((texts("done"), _done(found, found.done, texts)))
    if found.redirected_to:
        rows.append((texts("redirected"), found.redirected_to))
    return rows


def _done(found: Preview, done: datetime, texts: Texts) -> str:
    if found.seconds < MINUTE:
        return texts("soon" if found.paced else "unpaced")
    if texts.language == "nb":
        finish, duration = finish_text(done, found.asked), duration_text(found.seconds)
    else:
        hours, minutes = divmod(round(found.seconds / MINUTE), MINUTE)
        finish, duration = f"{norwegian_time(done):%Y-%m-%d %H:%M}", f"{hours} h {minutes} min"
    return texts("done_at", finish=finish, duration=duration)


def _size(found: Preview, texts: Texts) -> str:
    size = norwegian.size_text(found.letter.size if found.letter else 0)
    return size if texts.language == "nb" else size.replace(",", ".")


def _print_letter(found: Preview, row: Recipient, services: "Services", texts: Texts) -> None:
    out = console()
    if row.reason:
        out.print(plain(texts("would_not", name=row.name, why=_why(row, texts))), style="yellow")
        return
    if found.letter is None:
        return
    to = found.redirected_to or row.address or row.organization_number
    head = [
        (texts("from"), ", ".join(f"{sender.name} <{sender.address}>" for sender in shown_senders(services.settings))),
        (texts("letter_to"), f"{row.name} <{to}>"),
        (texts("subject"), found.letter.subject),
    ]
    out.print(facts_table(head))
    out.print(plain(found.letter.text, lines=True), soft_wrap=True)


def _why(row: Recipient, texts: Texts) -> str:
    return _reason(row.reason, texts) if row.reason else ""


def _reason(reason: Reason, texts: Texts) -> str:
    return norwegian.REASONS[reason].short if texts.language == "nb" else reason.replace("_", " ")


def _detour(detour: Detour, texts: Texts) -> str:
    return norwegian.DETOURS[detour] if texts.language == "nb" else detour.replace("_", " ")


def _channel(channel: Channel, texts: Texts) -> str:
    said = norwegian.CHANNELS[channel]
    return said[0].lower() + said[1:] if texts.language == "nb" else str(channel)


def _origin(origin: FileOrigin, texts: Texts) -> str:
    return norwegian.FILE_ORIGINS[origin] if texts.language == "nb" else ORIGINS[origin]
