"""The report that solves the ticket: an HTML fragment with inline styles."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from dispatch.core import (
    CURES,
    FINAL,
    OUTCOMES,
    Channel,
    Detour,
    Dispatch,
    LeftOut,
    Reason,
    Recipient,
    RecipientState,
    Scenario,
    Transport,
)
from dispatch.report import texts
from dispatch.report.origin import Origin
from dispatch.report.shortfall import LISTED, Shortfall
from dispatch.report.templates import render

_GROUPS = (
    (RecipientState.UNCERTAIN, "Usikkert om levert"),
    (RecipientState.RETURNED, "Kom i retur"),
    (RecipientState.FAILED, "Ikke levert"),
    (RecipientState.SKIPPED, "Ikke forsøkt sendt"),
)


@dataclass(frozen=True, slots=True)
class ReportFacts:
    """What the report says. It can't be made of numbers that don't add up.

    ``delivered`` and ``detours`` may be the first of them only; ``others`` counts everyone who was not delivered to.
    """

    dispatch: Dispatch
    reference: str
    outcomes: Mapping[RecipientState, int]
    transports: Mapping[Transport, int]
    delivered: Sequence[Recipient]
    others: Shortfall
    finished: datetime  # when the last recipient got an outcome
    document_name: str
    recipients_name: str
    redirected: Mapping[str, int] = field(default_factory=dict)  # delivered elsewhere than to the recipients: how many
    redirect_now: str = ""  # of rows that do not know where their letters went
    sharers: int = 0  # others on the lists, at the address of a recipient
    sharing: Sequence[tuple[str, str, str]] = ()  # the first of them: who, with whom, how it went
    origin: Origin | None = None  # as it is set up; ``sent_from`` is what the rows say
    sent_from: Sequence[str] = ()
    shows_one_sender: bool = False  # whichever mailbox sent it
    letter_files: Sequence[str] = ()  # names of those that went with the letter
    left_out: Sequence[LeftOut] = ()
    missing: Sequence[str] = ()  # names of files that the ticket did not take
    document_why: str = ""  # why it is no PDF
    untold: int = 0  # own tickets that took no note of how the sending ended
    detours: Sequence[Recipient] = ()  # those of an eFormidling dispatch who got e-mail, or would have
    detour_counts: Mapping[Detour, int] = field(default_factory=dict)
    own_tickets: int = 0  # recipients who have one
    perhaps_reached: bool = False  # an attempt may have reached a recipient, and not a trial's address
    own_ticket_page: str = ""  # in front of the number of a recipient's own ticket
    page: str = ""  # the dispatch on the status page
    returns_days: int | None = None  # for so long returned mail is looked for; None: it is not, 0: perhaps
    return_mailbox: str = ""  # what letters by SMTP come back to, where it is another than the sender
    returns_unheard: bool = False  # what left by Communication Services, which has told nobody what comes back
    names_nobody: bool = False  # for a ticket that took no longer one

    def __post_init__(self) -> None:
        counted, planned = sum(self.outcomes.values()), self.dispatch.plan.recipients
        if any(self.outcomes[state] for state in self.outcomes if state not in OUTCOMES):
            raise ValueError("a recipient has no outcome yet")
        if counted != planned:
            raise ValueError(f"{counted} outcomes for {planned} planned recipients")
        if self.others.counts.total() != planned - self.count(RecipientState.DELIVERED):
            raise ValueError(f"{self.others.counts.total()} recipients listed as not delivered to")
        if sum(self.transports.values()) > self.count(RecipientState.DELIVERED):
            raise ValueError("more accepted by transports than delivered")

    def count(self, state: RecipientState) -> int:
        """How many ended so."""
        return self.outcomes.get(state, 0)


@dataclass(frozen=True, slots=True)
class _Trial:
    """How many of the letters went elsewhere than to the recipients, and where."""

    count: int
    to: str
    is_all: bool  # whoever was delivered to, nobody got it
    perhaps: bool  # of others it is not known whether they got it, as themselves

    @classmethod
    def of(cls, facts: ReportFacts, delivered: int) -> "_Trial | None":
        count = sum(facts.redirected.values())
        if not count:
            return None
        to = " og ".join(sorted(facts.redirected))
        return cls(count, to, is_all=count == delivered, perhaps=facts.perhaps_reached)


def perhaps_got_it(row: Recipient, redirect_now: str) -> bool:
    """Whether an attempt of this round or an earlier one may have reached the recipient, not the trial's address."""
    here = row.state is RecipientState.UNCERTAIN and not row.redirected_to(redirect_now)
    return here or row.doubt.resent


@dataclass(frozen=True, slots=True)
class _Group:
    """Recipients who ended in the same way, listed up to a sensible number."""

    heading: str
    count: int
    listed: Sequence[Recipient]
    reasons: Sequence[tuple[texts.Explanation, int]] = ()

    @property
    def left_out(self) -> int:
        return self.count - len(self.listed)


def render_report(facts: ReportFacts) -> str:
    """The report as a fragment for the ticket's solution field."""
    dispatch = facts.dispatch
    delivered = facts.count(RecipientState.DELIVERED)
    reasons, detoured = facts.others.reasons.keys(), sum(facts.detour_counts.values())
    return render(
        "report.html",
        facts=facts,
        dispatch=dispatch,
        started=dispatch.plan.made or dispatch.created,
        delivered_count=delivered,
        trial=_Trial.of(facts, delivered),
        by_exchange=dispatch.channel is Channel.EFORMIDLING,
        delivered=_Group(_delivered_heading(dispatch), delivered, _listed(facts, facts.delivered)),
        detours=_Group(
            "Sendt som e-post i stedet for eFormidling",
            detoured,
            () if facts.names_nobody else facts.detours[:LISTED],
        ),
        detour_counts=Counter(facts.detour_counts).most_common(),
        own_tickets=facts.own_tickets,
        rows=_results(facts),
        transports=sorted((texts.CARRIERS[name], count) for name, count in facts.transports.items() if count),
        groups=[group for state, heading in _GROUPS if (group := _group(facts, state, heading)).count],
        again=facts.others.has_other_than(FINAL),
        cures={CURES[reason] for reason in reasons},
        new_letter=Reason.MESSAGE_REFUSED in reasons,
        ended=bool(reasons & {Reason.ENDED_BY_PERSON, Reason.ENDED_UNSETTLED}),
        is_pdf=facts.document_name.lower().endswith(".pdf"),
    )


def render_page(fragment: str, *, title: str) -> str:
    """A whole document around a fragment of ours, for reading in a browser."""
    from markupsafe import Markup

    return render("page.html", fragment=Markup(fragment), title=title) + "\n"  # noqa: S704 - rendered by us


def _results(facts: ReportFacts) -> list[tuple[str, int]]:
    """How many ended in each way; where some letters went elsewhere and others did not, those are told apart."""
    counts = [(_state_text(state, facts.dispatch), facts.count(state)) for state in _states_in_order()]
    elsewhere = sum(facts.redirected.values())
    (name, delivered), *rest = counts
    if not elsewhere or elsewhere == delivered:
        return counts
    return [(name, delivered - elsewhere), ("Sendt til en prøveadresse i stedet", elsewhere), *rest]


def _delivered_heading(dispatch: Dispatch) -> str:
    return _state_text(RecipientState.DELIVERED, dispatch)


def _state_text(state: RecipientState, dispatch: Dispatch) -> str:
    """With eFormidling some were delivered by receipt and others to the mail system: the table below says which."""
    mixed = dispatch.channel is Channel.EFORMIDLING and state is RecipientState.DELIVERED
    return "Levert" if mixed else texts.STATES[state]


def _states_in_order() -> tuple[RecipientState, ...]:
    return (
        RecipientState.DELIVERED,
        RecipientState.RETURNED,
        RecipientState.FAILED,
        RecipientState.SKIPPED,
        RecipientState.UNCERTAIN,
    )


def _listed(facts: ReportFacts, rows: Sequence[Recipient]) -> Sequence[Recipient]:
    """The rows that the report names: where each has a ticket of its own, everyone, for the link."""
    if facts.names_nobody:
        return ()
    return rows if facts.dispatch.scenario is Scenario.ONE_TO_ONE else rows[:LISTED]


def _group(facts: ReportFacts, state: RecipientState, heading: str) -> _Group:
    listed = _listed(facts, facts.others.rows(state))
    return _Group(heading, facts.others.counts[state], listed, facts.others.explained(state))
