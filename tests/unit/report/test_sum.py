"""Whatever became of the recipients, the report's five numbers are as many as were planned."""

from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from dispatch.core import OUTCOMES, Attempt, Reason, RecipientState, ReturnCause, Returned, Transport
from dispatch.report import ReportFacts, Shortfall, render_report
from dispatch.report.texts import STATES
from tests.builders import NOON, a_dispatch, a_recipient

IN_ORDER = sorted(OUTCOMES)


class Results(HTMLParser):
    """The rows of the table of results."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.rows: dict[str, int] = {}
        self._inside = False
        self._cells: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside = self._inside or (tag == "table" and dict(attrs).get("aria-label") == "Resultat")

    def handle_endtag(self, tag: str) -> None:
        if tag == "tr" and self._inside and len(self._cells) == 2 and self._cells[1].isdecimal():
            self.rows[self._cells[0]] = int(self._cells[1])
        self._cells = [] if tag == "tr" else self._cells
        self._inside = self._inside and tag != "table"

    def handle_data(self, data: str) -> None:
        if self._inside and data.strip():
            self._cells.append(data.strip())


@given(st.lists(st.sampled_from(IN_ORDER), min_size=1, max_size=40), st.sampled_from(list(ReturnCause)))
def test_the_numbers_are_as_many_as_were_planned(states: list[RecipientState], cause: ReturnCause) -> None:
    rows = [
        a_recipient(0, index, state=state, reason=None if state is RecipientState.DELIVERED else Reason.GAVE_UP)
        for index, state in enumerate(states)
    ]
    returned = Attempt(transport=Transport.GRAPH, returned=Returned(NOON, cause, "5.1.1"))
    others = [row for row in rows if row.state is not RecipientState.DELIVERED]
    others = [replace(row, attempt=returned) if row.state is RecipientState.RETURNED else row for row in others]
    made = ReportFacts(
        dispatch=a_dispatch(recipients=len(rows)),
        reference="9001-8001/1",
        outcomes=Counter(states),
        transports={},
        delivered=[row for row in rows if row.state is RecipientState.DELIVERED],
        others=Shortfall.of(others),
        finished=NOON,
        document_name="a.pdf",
        recipients_name="b.csv",
    )

    shown = Results(render_report(made)).rows

    total = shown.pop("Mottakere i alt")
    assert total == sum(shown.values()) == len(states)
    assert shown == {STATES[state]: states.count(state) for state in OUTCOMES}
