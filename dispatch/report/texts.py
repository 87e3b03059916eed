"""What the report says, in Norwegian bokmål: every state and reason, and what a case worker can do about it.

The words claim no more than is known. A letter is «levert til e-postsystemet» when a transport accepted it;
nobody here can tell whether it was received or read.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from dispatch.core import (
    Channel,
    Detour,
    FileOrigin,
    MemberKind,
    Reason,
    Recipient,
    RecipientState,
    Transport,
    for_every,
)


@dataclass(frozen=True, slots=True)
class Explanation:
    """A reason in a few words for a table, what it means, and what to do."""

    short: str
    meaning: str
    advice: str


STATES: Mapping[RecipientState, str] = for_every(
    RecipientState,
    {
        RecipientState.PLANNED: "Ikke sendt ennå",
        RecipientState.IN_FLIGHT: "Under sending",
        RecipientState.UNDER_WAY: "Venter på kvittering",
        RecipientState.IN_DOUBT: "Undersøkes",
        RecipientState.DELIVERED: "Levert til e-postsystemet",
        RecipientState.RETURNED: "Kom i retur",
        RecipientState.FAILED: "Ikke levert",
        RecipientState.SKIPPED: "Ikke forsøkt sendt",
        RecipientState.UNCERTAIN: "Usikkert om levert",
    },
)

REASONS: Mapping[Reason, Explanation] = for_every(
    Reason,
    {
        Reason.NO_ADDRESS: Explanation(
            "Mangler e-postadresse",
            "Mottakeren har ingen e-postadresse.",
            "Legg inn en e-postadresse på personen eller firmaet i Pureservice, eller på raden i mottakerfilen.",
        ),
        Reason.INVALID_ADDRESS: Explanation(
            "Ugyldig e-postadresse",
            "Det som står som e-postadresse, er ikke en adresse som kan brukes.",
            "Rett adressen på personen eller firmaet i Pureservice, eller på raden i mottakerfilen.",
        ),
        Reason.LOCAL_ADDRESS: Explanation(
            "Intern adresse",
            "Adressen finnes bare inne i Pureservice og kan ikke ta imot e-post.",
            "Legg inn en vanlig e-postadresse i Pureservice eller i mottakerfilen, eller send til mottakeren på en "
            "annen måte.",
        ),
        Reason.DISABLED: Explanation(
            "Deaktivert i Pureservice",
            "Personen eller firmaet er deaktivert i Pureservice.",
            "Fjern mottakeren fra listen, eller aktiver personen eller firmaet hvis det var feil.",
        ),
        Reason.ANONYMISED: Explanation(
            "Anonymisert i Pureservice",
            "Personen er anonymisert i Pureservice, og opplysningene kan ikke brukes.",
            "Fjern mottakeren fra listen.",
        ),
        Reason.RECIPIENT_REFUSED: Explanation(
            "Adressen ble avvist",
            "E-postsystemet avviste adressen. Den finnes trolig ikke lenger, eller er skrevet feil.",
            "Kontroller adressen med mottakeren, og rett den i Pureservice eller i mottakerfilen.",
        ),
        Reason.MESSAGE_REFUSED: Explanation(
            "Meldingen ble avvist",
            "E-postsystemet avviste selve meldingen, for eksempel fordi den er for stor eller har et vedlegg som ikke "
            "er tillatt.",
            "Lag en ny sak med en melding som er mindre eller uten vedlegget. Den samme meldingen blir avvist på nytt.",
        ),
        Reason.POLICY_REFUSED: Explanation(
            "Avvist av mottakerens regler",
            "Mottakerens e-postsystem tar ikke imot meldingen på grunn av egne regler, for eksempel mot søppelpost.",
            "Be mottakeren om å slippe gjennom e-post fra oss, eller send på en annen måte.",
        ),
        Reason.TRANSPORTS_REFUSED: Explanation(
            "Ble ikke tatt imot for sending",
            "Ingenting tok imot meldingen for sending før utsendelsen ble avsluttet. Feilen ligger hos oss eller i "
            "meldingen, ikke hos mottakeren.",
            "Be den som drifter løsningen om å rette feilen, og send på nytt når det er gjort.",
        ),
        Reason.GAVE_UP: Explanation(
            "Ga opp etter flere forsøk",
            "Det ble forsøkt flere ganger, men e-postsystemet kunne ikke ta imot, for eksempel fordi mottakerens "
            "postkasse er full.",
            "Kontakt mottakeren på en annen måte, eller send på nytt senere.",
        ),
        Reason.ABANDONED: Explanation(
            "Avbrutt av en teknisk feil",
            "Utsendelsen ble avbrutt av en teknisk feil før denne mottakeren fikk meldingen.",
            "Meld fra til den som drifter løsningen.",
        ),
        Reason.EXPIRED: Explanation(
            "For sent å sende",
            "Meldingen kunne ikke sendes før fristen for den gikk ut, og er derfor ikke sendt til denne mottakeren.",
            "Send på nytt hvis mottakeren likevel skal ha meldingen, eller gi beskjed på en annen måte.",
        ),
        Reason.EF_UNREACHABLE: Explanation(
            "Kan ikke nås med eFormidling",
            "Organisasjonen har ingen mottakstjeneste i eFormidling som vi kan bruke, og meldingen kunne ikke gå som "
            "e-post i stedet.",
            "Legg inn en e-postadresse på firmaet eller på raden i mottakerfilen hvis den mangler, eller send på en "
            "annen måte.",
        ),
        Reason.EF_FAILED: Explanation(
            "eFormidling feilet",
            "Meldingen kom ikke fram gjennom eFormidling.",
            "Send på en annen måte, eller be den som drifter løsningen om å se på feilen.",
        ),
        Reason.EF_EXPIRED: Explanation(
            "eFormidling kvitterte ikke i tide",
            "Mottakeren har ikke hentet meldingen i eFormidling innen fristen, men kan ennå få den.",
            "Spør mottakeren før du sender på nytt.",
        ),
        Reason.ENDED_BY_PERSON: Explanation(
            "Avsluttet før sending",
            "En person avsluttet utsendelsen før denne mottakeren fikk meldingen.",
            "Send på nytt hvis mottakeren likevel skal ha meldingen.",
        ),
        Reason.ENDED_UNSETTLED: Explanation(
            "Avsluttet før det var avklart",
            "Sendingen var begynt, men en person avsluttet utsendelsen før det var avklart om mottakeren fikk "
            "meldingen.",
            "Spør mottakeren før du sender på nytt.",
        ),
        Reason.CASE_REFUSED: Explanation(
            "Saken kunne ikke opprettes",
            "Pureservice tok ikke imot en egen sak for mottakeren, så meldingen ble ikke sendt.",
            "Be den som drifter løsningen om å se på det, og send på nytt når det er rettet.",
        ),
        Reason.NOT_SENT_BY_PURESERVICE: Explanation(
            "Pureservice sendte ikke meldingen",
            "Meldingen ligger på mottakerens egen sak, men Pureservice har ikke sendt den som e-post.",
            "Send meldingen fra mottakerens egen sak, eller send på nytt.",
        ),
        Reason.NOTHING_CAN_TELL: Explanation(
            "Ukjent om meldingen gikk ut",
            "Sendingen ble begynt, men aldri bekreftet, og det finnes ingen kvittering. Mottakeren kan ha fått "
            "meldingen.",
            "Spør mottakeren før du sender på nytt.",
        ),
    },
)

TRANSPORTS: Mapping[Transport, str] = for_every(Transport, {transport: transport.words for transport in Transport})
# The same for whoever need not know a protocol's name; the CSV has the name.
CARRIERS: Mapping[Transport, str] = for_every(
    Transport,
    {
        Transport.GRAPH: "Microsoft 365",
        Transport.SMTP: "e-postserveren",
        Transport.COMMUNICATION: "Azure Communication Services",
        Transport.EFORMIDLING: "eFormidling",
        Transport.PURESERVICE: "Pureservice",
    },
)
CHANNELS: Mapping[Channel, str] = for_every(
    Channel, {Channel.EMAIL: "E-post", Channel.EFORMIDLING: "eFormidling", Channel.TICKET: "Egen sak"}
)
FILE_ORIGINS: Mapping[FileOrigin, str] = for_every(
    FileOrigin,
    {
        FileOrigin.RECEIVED: "kom inn med en melding",
        FileOrigin.SOLUTION: "hører til løsningen",
        FileOrigin.OURS: "laget av en tidligere utsendelse",
        FileOrigin.RECIPIENTS: "er mottakerfilen",
        FileOrigin.NOT_NAMED: "står ikke på noen rad i mottakerfilen, som sier hvilke filer som går til hvem",
        FileOrigin.NAMED_BEFORE: "var én mottakers eget vedlegg til en tidligere melding",
        FileOrigin.TICKET: "ligger på saken, mens meldingen har egne vedlegg",
    },
)
DETOURS: Mapping[Detour, str] = for_every(
    Detour,
    {
        Detour.PERSON: "Personer nås ikke gjennom eFormidling",
        Detour.NO_NUMBER: "Firmaet mangler organisasjonsnummer i Pureservice",
        Detour.INVALID_NUMBER: "Organisasjonsnummeret er ikke gyldig",
        Detour.UNREACHABLE: "Organisasjonen kan ikke nås gjennom eFormidling",
        Detour.FAILED: "Meldingen feilet i eFormidling, eller ble ikke tatt imot der",
        Detour.EXPIRED: "eFormidling kvitterte ikke i tide",
    },
)
DETOUR_ADVICE: Mapping[Detour, str] = for_every(
    Detour,
    {
        Detour.PERSON: "Du trenger ikke gjøre noe: personer får meldingen som e-post.",
        Detour.NO_NUMBER: "Legg inn organisasjonsnummeret på firmaet, så går neste melding gjennom eFormidling.",
        Detour.INVALID_NUMBER: "Rett organisasjonsnummeret på firmaet, så går neste melding gjennom eFormidling.",
        Detour.UNREACHABLE: "Kontroller organisasjonsnummeret. Er det riktig, har ikke organisasjonen tatt i bruk "
        "eFormidling, og e-post er veien dit.",
        Detour.FAILED: "Meldingen gikk som e-post i stedet. Skjer det igjen, meld fra til den som drifter løsningen.",
        Detour.EXPIRED: "Meldingen gikk som e-post i stedet. Organisasjonen kan også få den i eFormidling senere.",
    },
)
KINDS: Mapping[MemberKind, str] = for_every(
    MemberKind,
    {MemberKind.PERSON: "Person", MemberKind.ORGANISATION: "Organisasjon", MemberKind.ROW: "Fra mottakerfilen"},
)
NO_BREAK = "\u00a0"
MEGABYTE = 1024 * 1024


def outcome_text(row: Recipient) -> str:
    """How the recipient stands: a receipt from eFormidling says more than a mail server that took the letter."""
    if row.state is RecipientState.DELIVERED and row.channel is Channel.EFORMIDLING:
        return "Levert gjennom eFormidling"
    return STATES[row.state]


def number(count: int) -> str:
    """A number as Norwegians write it: 12 345."""
    return f"{count:,}".replace(",", NO_BREAK)


def counted(count: int, one: str, many: str) -> str:
    """A number with its noun: 1 mottaker, 2 mottakere."""
    return f"{number(count)}{NO_BREAK}{one if count == 1 else many}"


def size_text(count: int) -> str:
    """Bytes as people read them: 34 kB, 1,2 MB."""
    if count < MEGABYTE:
        return f"{number(max(1, round(count / 1024)))}{NO_BREAK}kB"
    return f"{count / MEGABYTE:.1f}{NO_BREAK}MB".replace(".", ",")
