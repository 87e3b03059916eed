"""What the status page says, in Norwegian bokmål. Outcomes and reasons have their words in ``report/texts.py``."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from dispatch.core import Batch, BatchState, DispatchState, Scenario, for_every
from dispatch.pacing import Waiting, Waits
from dispatch.report import clock_text, counted, finish_text, number, refusal_text
from dispatch.watching import DispatchSummary

SOON = 60.0  # seconds; sooner than this is no time of the clock
OVERDUE = timedelta(minutes=15)
SLOW = 1.5  # recipients a minute; a slower rate is said by the hour

STATES: Mapping[DispatchState, str] = for_every(
    DispatchState,
    {
        DispatchState.PLANNING: "Klargjøres",
        DispatchState.SENDING: "Sendes",
        DispatchState.STOPPED: "Stoppet",
        DispatchState.RESOLVING: "Rapporten skrives",
        DispatchState.RESOLVED: "Ferdig",
        DispatchState.REJECTING: "Avvises",
        DispatchState.REJECTED: "Avvist",
    },
)
BATCHES: Mapping[BatchState, str] = for_every(
    BatchState,
    {
        BatchState.PLANNED: "Venter på tur",
        BatchState.RELEASED: "I kø",
        BatchState.LEASED: "Sendes nå",
        BatchState.RECORDED: "Ferdig",
    },
)
SCENARIOS: Mapping[Scenario, str] = for_every(
    Scenario,
    {
        Scenario.ONE_TO_MANY: "Samme melding til alle",
        Scenario.ONE_TO_ONE: "Egen sak til hver mottaker",
        Scenario.REPLY: "Svar gjennom eFormidling",
    },
)
OPERATOR = "Varer det, må den som drifter løsningen se på det."
NOBODY_FAILED = "Dette har ikke gjort at noen er regnet som feilet."
_WAITS: Mapping[Waits, tuple[str, str]] = for_every(
    Waits,
    {
        Waits.NOTHING: ("", ""),
        Waits.PLAN: ("Mottakerlisten settes opp. Ingenting er sendt ennå.", ""),
        Waits.PLAN_HANGS: (
            "Mottakerlisten har ikke latt seg sette opp{since}. Ingenting er sendt. Det prøves igjen hvert femte "
            f"minutt. {OPERATOR}",
            "",
        ),
        Waits.TURN: ("Neste pulje står for tur.", ""),
        Waits.LATE: (f"Ingenting er sendt{{since}}, og neste pulje skulle vært i gang. {OPERATOR}", ""),
        Waits.MOMENT: ("Venter på tidspunktet som står i saken. Ingenting sendes før det.", "Sendingen begynner"),
        Waits.RATE: ("Sendes så fort som postkassen tillater.", "Neste pulje går"),
        Waits.QUOTA: ("Døgnkvoten for avsenderpostkassen er brukt opp.", "Fortsetter"),
        Waits.WINDOW: ("Utenfor tiden det kan sendes i.", "Fortsetter"),
        Waits.THROTTLED: ("E-postsystemet har bedt om en pause.", "Fortsetter"),
        Waits.REFUSED: (
            f"{{refusal}} Ingenting er tatt imot{{since}}. {NOBODY_FAILED}{{ends}}{{code}}",
            "Prøver igjen",
        ),
        Waits.EXCHANGE_REFUSED: (
            f"{{refusal}} Ingenting er tatt imot{{since}}. {NOBODY_FAILED}{{ends}}{{code}}",
            "Prøver igjen",
        ),
        Waits.APPROVAL: (
            "Utsendelsen venter på at en annen enn den som ba om den, godkjenner den. Ingenting sendes før det.",
            "",
        ),
        Waits.BROKEN: (
            "Utsendelsen stoppet automatisk fordi mange mottakere på rad ble avvist for godt. Se hvem under «Ikke "
            "nådd», rett det som er feil, og trykk «Fortsett», eller «Avslutt og lag rapport».",
            "",
        ),
        Waits.HELD: (
            f"{{refusal}} Det er prøvd lenge nok, og nå venter utsendelsen på at noen bestemmer. {NOBODY_FAILED} "
            "«Fortsett» prøver dem som gjenstår på nytt. «Avslutt og lag rapport» lar dem stå som ikke levert.{code}",
            "",
        ),
        Waits.AGAIN: (
            "Alle er forsøkt. Noen meldinger kom ikke av gårde, eller det er ikke avklart om de gjorde det, og de "
            "følges opp automatisk.{code}",
            "Ser på dem igjen",
        ),
        Waits.DOUBT: (
            "Alle andre er ferdige. For {count} er det ikke avklart om meldingen gikk ut, og vi har lett etter "
            "svar{since}. Ingen får den to ganger.",
            "Ser etter igjen",
        ),
        Waits.GREYLISTED: (
            "Alle andre er ferdige. For {count} har mottakerens eget e-postsystem bedt oss om å prøve igjen senere. "
            "Det er vanlig.{code}",
            "Prøver igjen",
        ),
        Waits.RECEIPTS: ("Alt er sendt. Venter på kvitteringer fra eFormidling.", "Ser etter igjen"),
        Waits.PERSON: (
            "Utsendelsen er stoppet. Ingen flere får meldingen før noen trykker «Fortsett» "
            "eller setter statusen tilbake.",
            "",
        ),
        Waits.GOING_ON: (
            "Utsendelsen settes i gang igjen neste gang løsningen ser etter saker, vanligvis innen fem minutter.",
            "",
        ),
        Waits.GOING_ON_LATE: (
            f"Utsendelsen skulle vært i gang igjen. Den har ventet{{since}}. {OPERATOR}",
            "",
        ),
        Waits.ENDING: (
            "Utsendelsen er avsluttet, og ingen flere får meldingen. Rapporten skrives når de siste som var midt i "
            "sendingen, er ferdige, vanligvis innen fem minutter.",
            "",
        ),
        Waits.REPORT: ("Alle mottakerne er behandlet. Rapporten skrives i saken.{begun}", ""),
        Waits.REPORT_LATE: (
            f"Alle mottakerne er behandlet, men rapporten har ikke latt seg skrive i saken{{since}}. {OPERATOR}",
            "",
        ),
    },
)


def waits_text(waits: Waiting, now: datetime) -> str:
    """What the dispatch waits for, in a few sentences; empty where it waits for nothing."""
    sentence, begins = _WAITS[waits.what]
    refusal = refusal_text(waits.about, by_exchange=waits.by_exchange)
    said = sentence.format(
        begun=f" Det begynte {clock_text(waits.since, now)}." if waits.since else "",
        since=f" siden {clock_text(waits.since, now)}" if waits.since else "",
        ends=f" Det prøves til {clock_text(waits.ends, now)} eller lenger, og så venter det på at noen bestemmer."
        if waits.ends
        else "",
        refusal=f"{refusal.what} {refusal.remedy}",
        count=counted(waits.count, "mottaker", "mottakere") if waits.count else "noen",
        code=f" Teknisk: {waits.code}" if waits.code else "",
    )
    if not begins or waits.until is None or waits.until <= now:
        return said
    dot = "" if said.endswith((".", "?", "!")) else "."
    return f"{said}{dot} {begins} {at_text(waits.until, now)}."


def state_text(summary: DispatchSummary) -> str:
    """The state in a word or two. A stopped one that somebody has let go on, or ended, is not called stopped."""
    if summary.waits.what in (Waits.GOING_ON, Waits.GOING_ON_LATE):
        return "Settes i gang igjen"
    return "Avsluttes" if summary.waits.what is Waits.ENDING else STATES[summary.state]


def batch_text(batch: Batch, summary: DispatchSummary) -> str:
    """How a batch stands; one that a stop keeps back is in no queue that moves."""
    kept = batch.state in (BatchState.PLANNED, BatchState.RELEASED) and summary.state is DispatchState.STOPPED
    return "Ikke sendt" if kept else BATCHES[batch.state]


def rate_text(rate: float) -> str:
    """A rate as people say it: «30 i minuttet», «20 i timen»."""
    return f"{number(round(rate))} i minuttet" if rate >= SLOW else f"{number(max(1, round(rate * 60)))} i timen"


def due_text(batch: Batch, summary: DispatchSummary, now: datetime) -> str:
    """When a batch goes, while the dispatch is sent; after that moment, that it is its turn or since when it waits."""
    waits = batch.state in (BatchState.PLANNED, BatchState.RELEASED)
    if batch.due is None or not waits or summary.state is not DispatchState.SENDING:
        return ""
    if batch.due > now:
        return at_text(batch.due, now)
    return f"venter siden {clock_text(batch.due, now)}" if now - batch.due > OVERDUE else "står for tur"


def at_text(moment: datetime, now: datetime) -> str:
    """A moment to come: «innen ett minutt», «kl. 13.05», «24. november kl. 08.00»."""
    if (moment - now).total_seconds() < SOON:
        return "innen ett minutt"
    return clock_text(moment, now)


def finish(summary: DispatchSummary, now: datetime) -> str:
    """When it will be done: «ca. kl. 14.20»; empty where nobody can tell."""
    done = summary.expected_done
    if done is None:
        return ""
    if done <= now:
        return ""
    if (done - now).total_seconds() < SOON:
        return "innen ett minutt"
    return f"ca. {finish_text(done, now)}"


def not_reached(count: int) -> str:
    """What ending the dispatch means for those who are left."""
    if count == 1:
        return "Den ene som gjenstår, får ikke meldingen."
    return f"De {number(count)} som gjenstår, får ikke meldingen."


def announcement(summary: DispatchSummary) -> str:
    """What a screen reader is told when it changes: in tens, since every letter would be too much."""
    if summary.state is DispatchState.SENDING:
        return f"{state_text(summary)}: {summary.tally.percent // 10 * 10} prosent er behandlet."
    return f"{state_text(summary)}."


def progress(summary: DispatchSummary) -> str:
    """How far in words: «1 240 av 2 000 mottakere er behandlet»."""
    tally = summary.tally
    return f"{number(tally.handled)} av {counted(tally.recipients, 'mottaker', 'mottakere')} er behandlet"
