"""The values that a letter's fields have for each recipient: what is known of everybody, and a file's columns. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from dispatch.core import Member, MemberKind, merging, text
from dispatch.planning.recipient_columns import ColumnUse, use_of
from dispatch.planning.recipient_file import RecipientFile
from dispatch.planning.recipient_rows import FileRecipient

NAME, GIVEN_NAME, ADDRESS, ORGANISATION = "navn", "fornavn", "epost", "organisasjonsnummer"
NUMBER = frozenset({"saksnummer", "requestnumber"})  # of the ticket
_EVERYBODYS = {key: key for key in (NAME, GIVEN_NAME, ADDRESS, ORGANISATION)}
_SAME = {ColumnUse.NAME: NAME, ColumnUse.ADDRESS: ADDRESS, ColumnUse.ORGANISATION: ORGANISATION}
MOST_NAMED = 20


def names_of_fields(table: RecipientFile | None) -> dict[str, str]:
    """What a letter may be filled from, by key, as people know it."""
    return {
        **_EVERYBODYS,
        **({one.key: one.title for one in table.fields} if table else {}),
        "saksnummer": "saksnummer",
    }


def canonical(key: str) -> str:
    """The key that another word for the same has: what a column may be called, a field may be called too."""
    return _SAME.get(use_of(key), key)


@dataclass(slots=True)
class _Missing:
    """Who has no value for a field: the first of them, and how many."""

    first: list[str] = field(default_factory=list)
    count: int = 0

    def add(self, who: str) -> None:
        self.count += 1
        if self.count <= MOST_NAMED:
            self.first.append(who)

    def words(self, one: merging.MergeField) -> str:
        more = f" og {self.count - MOST_NAMED} til" if self.count > MOST_NAMED else ""
        return (
            f"Flettefeltet {one.written} har ingen verdi for {', '.join(self.first)}{more}. Fyll ut verdien, eller "
            f"skriv hva som skal stå der den mangler: {{{{{one.title}|…}}}}."
        )


@dataclass(slots=True)
class MergeValues:
    """Finds each recipient's values for the letter's fields, and remembers who lacks one."""

    fields: Sequence[merging.MergeField] = ()
    table: RecipientFile | None = None
    _missing: dict[str, _Missing] = field(default_factory=dict)

    def of(self, member: Member, row: FileRecipient | None, *, needed: bool = True) -> tuple[str, ...]:
        """A value for each field, its default where it has none; empty where that lacks too.

        That is remembered, unless nothing is sent to whom it lacks for.
        """
        known = values_of(member, row, self.table) if self.fields else {}
        values = []
        for one in self.fields:
            value = known.get(one.key) or one.default
            if value is None and needed:
                self._missing.setdefault(one.mark, _Missing()).add(_who(member, row))
            values.append(value or "")
        return tuple(values)

    @property
    def problems(self) -> list[str]:
        """Which fields lack a value, and for whom."""
        return [self._missing[one.mark].words(one) for one in self.fields if one.mark in self._missing]


def values_of(member: Member, row: FileRecipient | None, table: RecipientFile | None) -> Mapping[str, str]:
    """All that is known of a recipient, by key; a column of the file goes before what would be guessed."""
    columns: dict[str, str] = {}
    if row and table:
        columns = dict(zip((one.key for one in table.fields), row.values, strict=True))
    is_person = member.kind is MemberKind.PERSON or (row is not None and not row.organisation_number)
    # Who has no name in Pureservice is called by their number there, and not in a letter.
    name = "" if member.name in (f"Bruker {member.id}", f"Firma {member.id}") else member.name
    return {
        NAME: name,
        GIVEN_NAME: _given_name(name) if is_person else "",
        ADDRESS: member.address,
        ORGANISATION: member.organization_number,
        **columns,
    }


def _given_name(name: str) -> str:
    """All but the family name: the last word, or what stands before a comma."""
    family, comma, given = name.partition(",")
    if comma:
        return given.strip()
    return family.rpartition(" ")[0].strip() or family.strip()


def _who(member: Member, row: FileRecipient | None) -> str:
    named = text.line(member.name or member.address or member.organization_number, most=text.Limit.NUMBER)
    return f"{named} (rad {row.row})" if row else named
