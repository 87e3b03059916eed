"""The footer of an answer, with what is known of whom it goes to in its fields. The agent's own words hold none."""

from dataclasses import replace

from dispatch.core import Letter, Member, Rejected, merging
from dispatch.mail import FieldMarks, LetterStyle, is_whole
from dispatch.planning.merge_values import NUMBER, canonical, names_of_fields, values_of

FOOTER = (
    "Bunnteksten i oppsettet (MAIL_FOOTER) kan ikke fylles ut i et svar. Be den som drifter løsningen om å rette den."
)
NO_VALUE = "Flettefeltet {} har ingen verdi for den som svaret går til."


def with_filled_footer(style: LetterStyle, to: Member, *, number: int, html: str) -> LetterStyle:
    """The style with its footer as this one reads it beneath ``html``; ``number`` is the ticket's.

    Raises:
        Rejected: a field of it does not exist, or has no value here, and it would be shown.
    """
    try:
        return replace(style, footer=_filled(style.footer, to, number))
    except Rejected:
        if is_whole(html):
            return replace(style, footer="")
        raise


def _filled(footer: str, to: Member, number: int) -> str:
    marks = FieldMarks(names_of_fields(None), str(number), NUMBER, canonical)
    marks.begin(footer)
    marked = marks.in_line(footer)
    known = values_of(to, None, None)
    values = [known.get(one.key) or one.default for one in marks.fields]
    lacking = [NO_VALUE.format(one.written) for one, value in zip(marks.fields, values, strict=True) if value is None]
    if problems := [*marks.problems, *lacking]:
        raise Rejected([FOOTER, *problems])
    letter = Letter(subject="", html="", text=marked, fields=tuple(marks.fields))
    return merging.filled(letter, tuple(value or "" for value in values)).text
