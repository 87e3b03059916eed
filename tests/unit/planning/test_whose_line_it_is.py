"""Whose line of a corrected recipients' file it is: whatever names, numbers and addresses two people have in common."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.core import Channel, MemberKind, Recipient, RecipientState, addresses
from dispatch.planning import FileNow, FileRecipient, RecipientFile, is_line_of, line_of
from dispatch.planning.letter_files import Choice
from dispatch.planning.recipient_source import RecipientSource, line_key

NAMES = ("Kari Nordmann", "KARI NORDMANN", "Ola", "")
PLACES = ("a@eksempel.example", "A@eksempel.example", "b@eksempel.example", "c@eksempel.example", "")
NUMBERS = ("910000020", "910000039", "")


def a_line(row: int, name: str, address: str, number: str) -> FileRecipient:
    return FileRecipient(row, name, address, number, files=(f"{row}.pdf",), values=(f"verdi {row}",))


def a_row(at: int, kind: MemberKind, name: str, address: str, number: str, channel: Channel) -> Recipient:
    return Recipient(
        batch=0,
        index=at,
        kind=kind,
        source_id=at,
        name=name,
        address=address,
        organization_number=number,
        channel=channel,
        state=RecipientState.FAILED,
    )


def a_file(lines: list[FileRecipient]) -> FileNow:
    table = RecipientFile(sheet="", fields=(), recipients=tuple(lines))
    return FileNow(Choice((), ()), RecipientSource("mottakere.csv", table))


SAID = st.tuples(st.sampled_from(NAMES), st.sampled_from(PLACES), st.sampled_from(NUMBERS)).filter(
    lambda it: any(it[1:])
)
KINDS = st.sampled_from(MemberKind)
CHANNELS = st.sampled_from([Channel.EMAIL, Channel.EFORMIDLING])
LINES = st.lists(SAID, max_size=5, unique_by=lambda it: line_key(it[1], it[2])).map(
    lambda them: [a_line(number, *one) for number, one in enumerate(them, start=2)]
)
ROWS = st.lists(st.tuples(KINDS, SAID, CHANNELS), max_size=5).map(
    lambda them: [
        a_row(at, kind, *said, channel if said[2] else Channel.EMAIL) for at, (kind, said, channel) in enumerate(them)
    ]
)


@given(LINES, ROWS)
def test_nobody_gets_what_the_file_has_for_somebody_else(lines, rows):
    """Where it goes to decides: the address, or through eFormidling the number. A name decides nothing."""
    file = a_file(lines)
    now, found = file.members_of(rows), file.lines_of(rows)
    for row in rows:
        member = now.get((row.kind, row.source_id))
        goes_to = replace(row, address=member.address) if member else row
        line = line_of(goes_to, (found,))
        if line is None:
            continue
        if row.channel is Channel.EFORMIDLING:
            assert line.organisation_number == row.organization_number
        elif line.address:
            assert addresses.identity(line.address) == addresses.identity(goes_to.address)
        else:
            assert row.kind is not MemberKind.PERSON
            assert line.organisation_number == row.organization_number


@given(LINES, ROWS)
def test_no_line_is_found_for_two_by_a_name(lines, rows):
    found = a_file(lines).lines_of(rows)
    by_name = [
        line.row
        for row in rows
        if (line := found.get((row.kind, row.source_id)))
        and line_key(line.address, line.organisation_number) != line_key(row.address, row.organization_number)
        and line.organisation_number != row.organization_number
    ]
    assert len(set(by_name)) == len(by_name)


@pytest.mark.parametrize(("old", "new", "same"), [(1, 1, True), (2, 1, False), (1, 2, False), (2, 2, False)])
def test_of_two_people_with_one_name_neither_is_taken_for_the_other(old, new, same):
    rows = [a_row(n, MemberKind.ROW, "Kari", f"gammel{n}@x.example", "", Channel.EMAIL) for n in range(old)]
    lines = [a_line(n + 2, "Kari", f"ny{n}@x.example", "") for n in range(new)]

    assert bool(a_file(lines).lines_of(rows)) is same


@pytest.mark.parametrize("number", ["910000039", ""])
def test_through_eformidling_an_organisation_gets_no_line_of_another_number(number):
    row = a_row(0, MemberKind.ORGANISATION, "Etaten", "a@eksempel.example", "910000020", Channel.EFORMIDLING)

    assert not is_line_of(a_line(2, "Etaten", "a@eksempel.example", number), row)
