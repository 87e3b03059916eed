"""The buttons that people press: their words, and which of them a dispatch's state allows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from dispatch.core import FINAL, DispatchState, Recipient, Scenario
from dispatch.pacing import Waits
from dispatch.watching import DispatchSummary


@dataclass(frozen=True, slots=True)
class Act:
    """A button: its place in the address, its words, and what the page says when it has been pressed."""

    name: str
    button: str
    heading: str
    consequence: str
    done: str
    grave: bool = False


APPROVAL = Act(
    "til-godkjenning",
    "",
    "",
    "",
    "Meldingen er gjort klar for {count}. Så mange må to personer stå bak: den sendes når en annen enn deg har "
    "godkjent det.",
)
"""What the page says in place of an act's own words, where another must approve it."""

ACTS: Mapping[str, Act] = MappingProxyType(
    {
        act.name: act
        for act in (
            Act(
                "stopp",
                "Stopp",
                "Stopp utsendelsen?",
                "Saken tas ut av statusen «{status}», og sendingen stopper vanligvis innen et halvt minutt. De "
                "som sendes til før det, får meldingen. Du kan la utsendelsen fortsette senere, og da får bare de som "
                "gjenstår, meldingen.",
                "Utsendelsen stoppes, vanligvis innen et halvt minutt. De som sendes til før det, får meldingen.",
                grave=True,
            ),
            Act(
                "godkjenn",
                "Godkjenn",
                "Godkjenn utsendelsen?",
                "Meldingen sendes til alle som gjenstår. Se gjennom meldingen og mottakerne først. "
                "Saken settes til «{status}», og rapporten sier hvem som ba om utsendelsen og hvem som godkjente den.",
                "Utsendelsen er godkjent, og begynner vanligvis innen fem minutter.",
            ),
            Act(
                "fortsett",
                "Fortsett",
                "La utsendelsen fortsette?",
                "Saken settes tilbake til «{status}». Bare de som gjenstår, får meldingen. Ingen får den to ganger.",
                "Utsendelsen fortsetter neste gang løsningen ser etter saker, vanligvis innen fem minutter.",
            ),
            Act(
                "send-igjen",
                "Send på nytt til dem som ikke fikk den",
                "Send på nytt til dem som ikke fikk den?",
                "Meldingen sendes bare til dem som ikke fikk den, og som kan nås nå. De som har fått meldingen, får "
                "den ikke igjen.",
                "Meldingen sendes på nytt til {count}.",
            ),
            Act(
                "send-til-nye",
                "Send til dem som er lagt til siden",
                "Send til dem som er lagt til siden?",
                "Den samme meldingen, med de samme vedleggene, sendes bare til dem som ikke sto på listene eller i "
                "mottakerfilen før. Saken settes tilbake til «{status}», og får en ny rapport etterpå.",
                "Meldingen sendes til {count} som er lagt til.",
            ),
            Act(
                "avslutt",
                "Avslutt og lag rapport",
                "Avslutt utsendelsen og lag rapporten nå?",
                "Rapporten skrives i saken og sier hvem som ikke fikk meldingen. Utsendelsen kan ikke fortsette "
                "etterpå, men de kan få meldingen senere med «Send på nytt til dem som ikke fikk den».",
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
    going_on = summary.waits.what in (Waits.GOING_ON, Waits.GOING_ON_LATE)
    if summary.waits.what is Waits.ENDING:
        return []
    if (state in (DispatchState.PLANNING, DispatchState.SENDING) or going_on) and controlled:
        names.append("stopp")
    if state is DispatchState.STOPPED and not going_on:
        names.append("godkjenn" if summary.waits.what is Waits.APPROVAL else "fortsett")
    if state is DispatchState.RESOLVED and summary.tally.missed and not summary.purged:
        names += [] if out_of_reach(summary, missed) else ["send-igjen"]
    if state is DispatchState.RESOLVED and controlled and not summary.purged:
        names.append("send-til-nye")
    # A report that is being written needs no press; one that has not come for long may need it.
    if state in (DispatchState.SENDING, DispatchState.STOPPED) or summary.waits.what is Waits.REPORT_LATE:
        names.append("avslutt")
    return [ACTS[name] for name in names]


def out_of_reach(summary: DispatchSummary, missed: Sequence[Recipient]) -> bool:
    """Whether sending the same letter again reaches none of those who were missed."""
    return bool(missed) and len(missed) == summary.tally.missed and all(row.reason in FINAL for row in missed)
