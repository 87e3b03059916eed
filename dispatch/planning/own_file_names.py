"""Files that a recipients' file names for one recipient alone: each is found once on the ticket, and frozen once."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from dispatch.core import (
    AttachmentInfo,
    Dispatch,
    DispatchKey,
    FileOrigin,
    Letter,
    Part,
    Rejected,
    TooLarge,
    merging,
    safe_file_name,
    text,
)
from dispatch.planning.letter_files import Choice, is_shown_in
from dispatch.planning.letter_from_ticket import limit_of_all, megabytes
from dispatch.planning.recipient_file_words import first_few
from dispatch.planning.recipient_rows import FileRecipient
from dispatch.services import Services

MEGABYTE = 1024 * 1024
ON_TICKET = "attachment "  # in the place of a hash, while nothing is frozen
TO_ALL = (
    "Filen {} (rad {} i mottakerfilen) gikk til alle da meldingen ble sendt ut, og de som får den nå, får filen "
    "uansett. Ta den ut av mottakerfilen."
)
BARRED = {
    FileOrigin.RECEIVED: "kom inn med en melding. Er den riktig, så last den ned og legg den i saken selv.",
    FileOrigin.SOLUTION: "hører til en løsning. Er den riktig, så last den ned og legg den i saken selv.",
    FileOrigin.OURS: "er laget av en utsendelse, og går ikke til noen.",
    FileOrigin.RECIPIENTS: "er selve mottakerfilen, og går ikke til noen.",
}


@dataclass(frozen=True, slots=True)
class OwnFilesByName:
    """The files that rows name, by their names without regard to letter case."""

    by_name: Mapping[str, merging.OwnFile] = field(default_factory=dict)

    def of(self, line: FileRecipient | None) -> tuple[merging.OwnFile, ...]:
        """Those of one row."""
        return tuple(self.by_name[_key(name)] for name in line.files) if line else ()


def named_files(
    lines: Sequence[FileRecipient], files: Choice, *, html: str, to_all: Sequence[Part] = ()
) -> tuple[dict[str, AttachmentInfo], list[str]]:
    """The file on the ticket that each name on the lines means, and what is wrong with the other names.

    ``html`` is the message's, and ``to_all`` what has gone to everybody with it.
    """
    found: dict[str, AttachmentInfo] = {}
    problems: dict[str, str] = {}
    gone_to_all = {_key(part.name) for part in to_all}
    for line in lines:
        for name in line.files:
            key = _key(name)
            if key in found or key in problems:
                continue
            same = [file for file in files.may_be_named if _key(file.name) == key]
            shown = f"«{text.line(name, most=text.Limit.NUMBER)}»"
            if key in gone_to_all:
                problems[key] = TO_ALL.format(shown, line.row)
            elif wrong := _wrong_with(shown, same, line, html) or ("" if same else _not_there(shown, key, line, files)):
                problems[key] = wrong
            else:
                found[key] = same[0]
    return found, list(problems.values())


def _wrong_with(shown: str, same: Sequence[AttachmentInfo], line: FileRecipient, html: str) -> str:
    if len(same) > 1:
        return f"Saken har {len(same)} filer som heter {shown} (rad {line.row} i mottakerfilen). Behold én av dem."
    if same and is_shown_in(html, same[0]):
        return f"Filen {shown} (rad {line.row} i mottakerfilen) er et bilde i meldingen, og går til alle."
    return ""


def _not_there(shown: str, key: str, line: FileRecipient, files: Choice) -> str:
    """Why no file may be meant: there is none of the name, or one that goes to nobody."""
    barred = next((file.origin for file in files.barred if _key(file.name) == key), None)
    if barred in BARRED:
        return f"Filen {shown} (rad {line.row} i mottakerfilen) {BARRED[barred]}"
    return f"Filen {shown}, som står på rad {line.row} i mottakerfilen, finnes ikke blant vedleggene i saken."


async def refuse_too_much(
    lines: Sequence[FileRecipient], files: OwnFilesByName, letter: Letter, services: Services, *, by_mail: bool
) -> None:
    """Looks at each recipient's files together with the letter.

    Raises:
        Rejected: somebody's letter would be larger, or have more files, than any may, or than any mail server takes.
    """
    settings = services.settings
    problems = []
    for line in lines:
        own = files.of(line)
        size = letter.size + sum(file.size for file in own)
        if size > settings.mail_max_megabytes * MEGABYTE:
            problems.append(
                f"Meldingen til rad {line.row} i mottakerfilen er med vedlegg større enn {settings.mail_max_megabytes} "
                "MB, som er grensen. Fjern eller forminsk vedlegg."
            )
        elif len(own) > settings.mail_max_attachments:
            problems.append(
                f"Rad {line.row} i mottakerfilen har {len(own)} vedlegg, og grensen er {settings.mail_max_attachments}."
            )
    if not problems and by_mail:
        problems = await _too_large_for_servers(lines, files, letter, services)
    if problems:
        raise Rejected(first_few(problems))


async def _too_large_for_servers(
    lines: Sequence[FileRecipient], files: OwnFilesByName, letter: Letter, services: Services
) -> list[str]:
    """The largest is asked for first: where that is taken, all are. Else so few are asked for as tells them apart."""
    sizes = {line.row: [file.size for file in own] for line in lines if (own := files.of(line))}
    by_size = sorted(sizes, key=lambda row: sum(sizes[row]))
    if not by_size or not (limit := await limit_of_all(letter, services, beside=sizes[by_size[-1]])):
        return []
    taken, refused = -1, len(by_size) - 1
    while refused - taken > 1:
        middle = (taken + refused) // 2
        if await limit_of_all(letter, services, beside=sizes[by_size[middle]]):
            refused = middle
        else:
            taken = middle
    return [
        f"Meldingen til rad {row} i mottakerfilen er {megabytes(letter.size + sum(sizes[row]))} MB med vedlegg, og "
        f"vokser med en tredjedel når den sendes som e-post. E-postserveren tar ikke imot mer enn {megabytes(limit)} "
        "MB. Fjern eller forminsk vedlegg."
        for row in sorted(by_size[refused:])
    ]


def as_listed(named: Mapping[str, AttachmentInfo]) -> OwnFilesByName:
    """The files as the ticket lists them, with nothing frozen."""
    return OwnFilesByName({key: _own_file(file) for key, file in named.items()})


async def frozen(dispatch: Dispatch, named: Mapping[str, AttachmentInfo], services: Services) -> OwnFilesByName:
    """The files, fetched and frozen. What an earlier try has frozen is not fetched again, until somebody asks anew.

    Raises:
        Rejected: one is larger than any letter may be.
        TicketSystemBusy: Pureservice wants a pause; what was frozen till then is known.
    """
    kept = {}
    for name, file in named.items():
        # A person who asks anew may have changed what lies under a number.
        read = f"{dispatch.rounds.asked}-{dispatch.plan.batches}-{file.id}"
        known = await services.letters.own.known_file(dispatch.key, read)
        kept[name] = known or await _frozen(dispatch.key, read, file, services)
    return OwnFilesByName(kept)


async def _frozen(key: DispatchKey, read: str, file: AttachmentInfo, services: Services) -> merging.OwnFile:
    most = services.settings.mail_max_megabytes
    try:
        content = await services.tickets.download(file.id, most=most * MEGABYTE)
    except TooLarge:
        raise Rejected([f"Filen «{file.name}» er større enn {most} MB, som er grensen."]) from None
    one = _own_file(file)
    return await services.letters.own.freeze_file(key, read, Part(one.name, one.content_type, content))


def _own_file(file: AttachmentInfo) -> merging.OwnFile:
    return merging.OwnFile(safe_file_name(file.name), file.content_type, file.size, f"{ON_TICKET}{file.id}")


async def fetched(own: merging.OwnContent, services: Services, *, room: int) -> tuple[Part, ...]:
    """One recipient's files as they lie on the ticket, which nothing is frozen of; so many bytes of them.

    Raises:
        TooLarge: they are more, whatever the ticket says of their sizes.
        TicketSystemError: one can't be had.
    """
    parts = []
    for file in own.files:
        content = await services.tickets.download(int(file.sha256.removeprefix(ON_TICKET)), most=max(room, 0))
        parts.append(Part(file.name, file.content_type, content))
        room -= len(content)
    return tuple(parts)


def _key(name: str) -> str:
    return unicodedata.normalize("NFC", text.file_name(name)).casefold()
