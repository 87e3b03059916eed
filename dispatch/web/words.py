"""What the status page says, in Norwegian bokmål. Outcomes and reasons have their words in ``report/texts.py``."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from dispatch.core import BatchState, DispatchState, Recipient, Scenario
from dispatch.pacing import Waiting, Waits
from dispatch.report import FINAL, NO_BREAK, counted, finish_text, moment_text, norwegian_time, number
from dispatch.watching import DispatchSummary

SOON = 60.0  # seconds; sooner than this is no time of the clock
OVERDUE = timedelta(minutes=15)

STATES: Mapping[DispatchState, str] = MappingProxyType(
    {
        DispatchState.PLANNING: "Klargjøres",
        DispatchState.SENDING: "Sendes",
        DispatchState.STOPPED: "Stoppet",
        DispatchState.RESOLVING: "Rapporten skrives",
        DispatchState.RESOLVED: "Ferdig",
        DispatchState.REJECTING: "Avvises",
        DispatchState.REJECTED: "Avvist",
    }
)
BATCHES: Mapping[BatchState, str] = MappingProxyType(
    {
        BatchState.PLANNED: "Venter på tur",
        BatchState.RELEASED: "I kø",
        BatchState.LEASED: "Sendes nå",
        BatchState.RECORDED: "Ferdig",
    }
)
SCENARIOS: Mapping[Scenario, str] = MappingProxyType(
    {
        Scenario.ONE_TO_MANY: "Samme melding til alle",
        Scenario.ONE_TO_ONE: "Egen sak til hver mottaker",
        Scenario.REPLY: "Svar gjennom eFormidling",
    }
)
OPERATOR = "Varer det, må den som drifter løsningen se på det."
NOBODY_FAILED = "Ingen er regnet som feilet."
_WAITS: Mapping[Waits, tuple[str, str]] = MappingProxyType(
    {
        Waits.NOTHING: ("", ""),
        Waits.PLAN: ("Mottakerlisten settes opp. Ingenting er sendt ennå.", ""),
        Waits.PLAN_HANGS: (
            "Mottakerlisten har ikke latt seg sette opp{since}. Ingenting er sendt. Det prøves igjen hvert femte "
            f"minutt. {OPERATOR}",
            "",
        ),
        Waits.TURN: ("Neste pulje hentes om et øyeblikk.", ""),
        Waits.LATE: (f"Ingenting er sendt{{since}}, og neste pulje skulle vært i gang. {OPERATOR}", ""),
        Waits.RATE: ("Sendes så fort som postkassen tillater.", "Neste pulje går"),
        Waits.QUOTA: ("Døgnkvoten for avsenderpostkassen er brukt opp.", "Fortsetter"),
        Waits.WINDOW: ("Utenfor tiden det kan sendes i.", "Fortsetter"),
        Waits.THROTTLED: ("E-postsystemet har bedt om en pause.", "Fortsetter"),
        Waits.REFUSED: (
            "E-postsystemet tar ikke imot{since}: det avviser oss, eller selve meldingen. "
            f"{NOBODY_FAILED}{{ends}} {OPERATOR}{{code}}",
            "Prøver igjen",
        ),
        Waits.EXCHANGE_REFUSED: (
            f"eFormidling tar ikke imot{{since}}. {NOBODY_FAILED}{{ends}} {OPERATOR}{{code}}",
            "Prøver igjen",
        ),
        Waits.AGAIN: (
            "Alle er forsøkt. Noen meldinger kom ikke av gårde, eller det er ikke avklart om de gjorde det, og de "
            "følges opp av seg selv.{code}",
            "Ser på dem igjen",
        ),
        Waits.DOUBT: (
            "Alle andre er ferdige. For {count} er det ikke avklart om meldingen gikk ut, og vi undersøker det{since}. "
            "Ingen får den to ganger.",
            "Ser etter igjen",
        ),
        Waits.GREYLISTED: (
            "Alle andre er ferdige. For {count} har mottakerens eget e-postsystem bedt oss om å prøve igjen senere. "
            "Det er vanlig.{code}",
            "Prøver igjen",
        ),
        Waits.RECEIPTS: ("Alt er sendt. Venter på kvitteringer fra eFormidling.", "Ser etter igjen"),
        Waits.PERSON: ("Utsendelsen er stoppet. Ingen flere får meldingen før noen trykker «Fortsett».", ""),
        Waits.REPORT: ("Alle mottakerne er behandlet. Rapporten skrives i saken.", ""),
        Waits.REPORT_LATE: (
            f"Alle mottakerne er behandlet, men rapporten har ikke latt seg skrive i saken{{since}}. {OPERATOR}",
            "",
        ),
    }
)


@dataclass(frozen=True, slots=True)
class Act:
    """A button: its place in the address, its words, and what the page says when it has been pressed."""

    name: str
    button: str
    heading: str
    consequence: str
    done: str
    grave: bool = False


ACTS: Mapping[str, Act] = MappingProxyType(
    {
        act.name: act
        for act in (
            Act(
                "stopp",
                "Stopp",
                "Stopp utsendelsen?",
                "Saken tas ut av statusen den sendes fra, og ingen flere får meldingen. De få som er midt i sendingen "
                "akkurat nå, kan likevel få den. Du kan la utsendelsen fortsette senere, og da får bare de som "
                "gjenstår, meldingen.",
                "Utsendelsen stoppes. De få som var midt i sendingen, kan likevel få meldingen.",
                grave=True,
            ),
            Act(
                "fortsett",
                "Fortsett",
                "La utsendelsen fortsette?",
                "Saken settes tilbake i statusen den sendes fra. Bare de som gjenstår, får meldingen. Ingen får den "
                "to ganger.",
                "Utsendelsen fortsetter neste gang løsningen ser etter saker, vanligvis innen fem minutter.",
            ),
            Act(
                "send-igjen",
                "Send på nytt til dem som ikke fikk den",
                "Send på nytt til dem som ikke fikk den?",
                "Meldingen sendes bare til dem som ikke ble nådd, og som det er mulig å nå nå: der feilen var "
                "forbigående, eller der adressen er rettet i Pureservice. De som har fått meldingen, får den ikke "
                "igjen.",
                "Meldingen sendes på nytt til {count}.",
            ),
            Act(
                "send-til-nye",
                "Send til dem som er lagt til siden",
                "Send til dem som er lagt til i mottakerlisten siden?",
                "Den samme meldingen, med de samme vedleggene, sendes bare til dem som ikke sto på listene før. Saken "
                "settes tilbake i statusen den sendes fra, og får en ny rapport etterpå.",
                "Meldingen sendes til {count} som er lagt til.",
            ),
            Act(
                "avslutt",
                "Avslutt og lag rapport",
                "Avslutt utsendelsen og lag rapporten nå?",
                "Rapporten skrives i saken og sier hvem som ikke fikk meldingen.",
                "Utsendelsen avsluttes, og rapporten er på vei til saken.",
                grave=True,
            ),
        )
    }
)


def acts_for(summary: DispatchSummary, missed: Sequence[Recipient] = ()) -> list[Act]:
    """The buttons that the dispatch's state allows. Those who were ``missed`` may all be out of reach for good."""
    controlled = summary.scenario is not Scenario.REPLY
    state, names = summary.state, []
    if state in (DispatchState.PLANNING, DispatchState.SENDING) and controlled:
        names.append("stopp")
    if state is DispatchState.STOPPED and controlled:
        names.append("fortsett")
    if state is DispatchState.RESOLVED and summary.tally.missed and not summary.purged:
        names += [] if out_of_reach(summary, missed) else ["send-igjen"]
    if state is DispatchState.RESOLVED and controlled and not summary.purged:
        names.append("send-til-nye")
    if state in (DispatchState.SENDING, DispatchState.STOPPED, DispatchState.RESOLVING):
        names.append("avslutt")
    return [ACTS[name] for name in names]


def out_of_reach(summary: DispatchSummary, missed: Sequence[Recipient]) -> bool:
    """Whether sending the same letter again reaches none of those who were missed."""
    return bool(missed) and len(missed) == summary.tally.missed and all(row.reason in FINAL for row in missed)


def waits_text(waits: Waiting, now: datetime) -> str:
    """What the dispatch waits for, in a few sentences; empty where it waits for nothing."""
    sentence, begins = _WAITS[waits.what]
    said = sentence.format(
        since=f" siden {clock_text(waits.since, now)}" if waits.since else "",
        ends=f" Det prøves til {clock_text(waits.ends, now)}, og de som gjenstår da, står som ikke levert."
        if waits.ends
        else "",
        count=counted(waits.count, "mottaker", "mottakere") if waits.count else "noen",
        code=f" Teknisk: {waits.code}" if waits.code else "",
    )
    if not begins or waits.until is None:
        return said
    dot = "" if said.endswith((".", "?", "!")) else "."
    return f"{said}{dot} {begins} {at_text(waits.until, now)}."


def due_text(due: datetime, now: datetime) -> str:
    """When a batch goes; long after that moment, since when it waits."""
    return f"venter siden {clock_text(due, now)}" if now - due > OVERDUE else at_text(due, now)


def clock_text(moment: datetime, now: datetime) -> str:
    """A moment that is said as it is: «kl. 13.05», «24. november kl. 08.00»."""
    local, today = norwegian_time(moment), norwegian_time(now)
    clock = f"kl.{NO_BREAK}{local:%H.%M}"
    return clock if local.date() == today.date() else moment_text(moment).replace(f"{NO_BREAK}{today.year}", "")


def at_text(moment: datetime, now: datetime) -> str:
    """A moment to come: «om et øyeblikk», «kl. 13.05», «24. november kl. 08.00»."""
    if (moment - now).total_seconds() < SOON:
        return "om et øyeblikk"
    return clock_text(moment, now)


def finish(summary: DispatchSummary, now: datetime) -> str:
    """When it will be done: «ca. kl. 14.20»; empty where nobody can tell."""
    done = summary.expected_done
    if done is None:
        return ""
    if (done - now).total_seconds() < SOON:
        return "om et øyeblikk"
    return f"ca. {finish_text(done, now)}"


def not_reached(count: int) -> str:
    """What ending the dispatch means for those who are left."""
    if count == 1:
        return "Den ene som gjenstår, får ikke meldingen."
    return f"De {number(count)} som gjenstår, får ikke meldingen."


def announcement(summary: DispatchSummary) -> str:
    """What a screen reader is told when it changes: in tens, since every letter would be too much."""
    if summary.state is DispatchState.SENDING:
        return f"{STATES[summary.state]}: {summary.tally.percent // 10 * 10} prosent er behandlet."
    return f"{STATES[summary.state]}."


def progress(summary: DispatchSummary) -> str:
    """How far in words: «1 240 av 2 000 mottakere er behandlet»."""
    tally = summary.tally
    return f"{number(tally.handled)} av {counted(tally.recipients, 'mottaker', 'mottakere')} er behandlet"
