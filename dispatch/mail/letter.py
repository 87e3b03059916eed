"""The letter that every recipient of a dispatch gets, from what a case worker wrote and the files on the ticket.

Everything here is a pure function of its input: the same ticket gives the same bytes.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from html import escape
from pathlib import Path
from typing import Any

from dispatch.core import BadConfiguration, EmptyLetter, Letter, NamesInUse, Part, merging
from dispatch.mail.file_kinds import attachment_problem
from dispatch.mail.markup import Markup, cleaned
from dispatch.mail.merge_marks import FieldMarks
from dispatch.mail.pictures import FileOnTicket, Pictures
from dispatch.mail.plain_text import readable_text

__all__ = ["FileOnTicket", "LetterStyle", "compose_letter"]

TEMPLATES = Path(__file__).parent / "templates"
_VARIABLES = """
subject title heading organisation logo logo_width content styles footer footer_lines request_number language
"""
TEMPLATE_VARIABLES = frozenset(_VARIABLES.split())
LOGO_WIDTH = 160

_NUMBER = re.compile(r"\{\{ *RequestNumber *\}\}")
MOST_PROBLEMS = 20  # said of one letter


@dataclass(frozen=True, slots=True)
class LetterStyle:
    """How the sender's letters look. ``template`` is the operator's own; None means the built-in one."""

    organisation: str
    logo: Part | None = None
    logo_url: str = ""
    footer: str = ""
    template: str | None = None


def compose_letter(
    *,
    subject: str,
    request_number: int | str,
    html: str,
    style: LetterStyle,
    number_template: str = "[Sak ID# {{RequestNumber}}]",
    attachments: Sequence[FileOnTicket] = (),
    marks: FieldMarks | None = None,
) -> Letter:
    """The whole letter: subject with the ticket's number, HTML in the agency's template, text, pictures and files.

    Raises:
        BadConfiguration: the operator's own template can't be used.
        Rejected: the message is empty, or larger or deeper than readers show.
    """
    if marks:
        subject, style = marks.in_subject(subject), replace(style, footer=marks.in_line(style.footer))
    number = _NUMBER.sub(str(request_number), number_template)
    title, full = _single_line(subject), subject_line(subject, _single_line(number))
    pictures = Pictures(attachments)
    markup = cleaned(html, image=pictures.take, size_of=pictures.size_of, marks=marks)
    if markup.is_empty:
        raise EmptyLetter(["Meldingen er tom. Skriv teksten som skal sendes ut."])
    if markup.whole:
        document = _whole_document(markup, full)
    else:
        document = _in_template(markup, style, pictures, title=title, subject=full, request_number=request_number)
    if marks:
        marks.tell_hidden(document)
    names = NamesInUse()
    files = [file for file in attachments if file.id not in pictures.used]
    return Letter(
        subject=full,
        html=document,
        text=readable_text(document),
        attachments=tuple(Part(names.unique(file.name), file.content_type, file.content) for file in files),
        inline=pictures.parts,
        fields=tuple(marks.fields) if marks else (),
        problems=_few([*markup.problems, *pictures.problems, *_attachment_problems(files)]),
    )


def subject_line(subject: str, number: str) -> str:
    """The subject with the ticket's number once, on one line, no longer than mail systems keep."""
    plain = _single_line(subject)
    if number in plain:
        return plain[: merging.LONGEST_SUBJECT]
    room = merging.LONGEST_SUBJECT - len(number) - 1
    short = plain if len(plain) <= room else plain[: room - 1].rstrip() + "…"
    return f"{short} {number}".strip()


def _attachment_problems(files: Sequence[FileOnTicket]) -> Iterator[str]:
    found = (attachment_problem(file.name, file.content_type, file.content) for file in files)
    return filter(None, found)


def _few(problems: Sequence[str]) -> tuple[str, ...]:
    """Each sentence once, and no more of them than somebody reads."""
    unique = tuple(dict.fromkeys(problems))
    left = len(unique) - MOST_PROBLEMS
    return (*unique[:MOST_PROBLEMS], f"Og {left} til av samme slag.") if left > 0 else unique


def _single_line(text: str) -> str:
    """One line without anything unseen: control characters, direction marks, halves of characters."""
    seen = (" " if unicodedata.category(sign) in {"Cc", "Zl", "Zp"} else sign for sign in text)
    return " ".join("".join(sign for sign in seen if unicodedata.category(sign)[0] != "C").split())


def _whole_document(markup: Markup, subject: str) -> str:
    style = f"<style>\n{markup.styles}\n</style>\n" if markup.styles else ""
    return (
        f'<!doctype html>\n<html lang="{escape(markup.language)}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(subject)}</title>\n{style}</head>\n"
        f"<body{markup.body_attributes}>\n{markup.body}\n</body>\n</html>\n"
    )


def _in_template(
    markup: Markup, style: LetterStyle, pictures: Pictures, *, title: str, subject: str, request_number: int | str
) -> str:
    from markupsafe import Markup as Safe

    template, variables = _template(style.template)
    logo = style.logo_url if style.logo_url.startswith("https://") else ""
    if style.logo and "logo" in variables:
        logo = pictures.embed(style.logo.name, style.logo.content_type, style.logo.content)
    body = markup.body
    if markup.styles and "styles" not in variables:
        body = f"<style>\n{markup.styles}\n</style>\n{body}"
    values = {
        "subject": subject,
        "title": title,
        "heading": "" if markup.has_heading else title,
        "organisation": style.organisation,
        "logo": logo,
        "logo_width": LOGO_WIDTH,
        "content": Safe(body),  # noqa: S704 - cleaned above
        "styles": Safe(markup.styles),  # noqa: S704 - cleaned above
        "footer": style.footer,
        "footer_lines": [line.strip() for line in style.footer.splitlines() if line.strip()],
        "request_number": request_number,
        "language": markup.language,
    }
    return _rendered(template, values) + "\n"


def _rendered(template: Any, values: dict[str, Any]) -> str:
    from jinja2 import TemplateError

    try:
        rendered: str = template.render(values)
    except (
        TemplateError,
        TypeError,
        ValueError,
        ArithmeticError,
        LookupError,
        AttributeError,
        RecursionError,
    ) as error:
        raise BadConfiguration([f"MAIL_TEMPLATE can't be filled in: {error}"]) from error
    return rendered.strip()


@lru_cache(maxsize=4)
def _template(source: str | None) -> tuple[Any, frozenset[str]]:
    """The template, and the variables it asks for.

    Raises:
        BadConfiguration: it can't be read, asks for what there is not, or has no place for the message.
    """
    from jinja2 import StrictUndefined, TemplateSyntaxError, meta
    from jinja2.sandbox import SandboxedEnvironment

    text = (TEMPLATES / "letter.html").read_text(encoding="utf-8") if source is None else source
    environment = SandboxedEnvironment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    try:
        asked = frozenset(meta.find_undeclared_variables(environment.parse(text)))
        template = environment.from_string(text)
    except TemplateSyntaxError as error:
        raise BadConfiguration([f"MAIL_TEMPLATE, line {error.lineno}: {error.message}"]) from error
    problems = [
        f"MAIL_TEMPLATE asks for {name}, which there is not; it may use {', '.join(sorted(TEMPLATE_VARIABLES))}"
        for name in sorted(asked - TEMPLATE_VARIABLES)
    ]
    if "content" not in asked:
        problems.append("MAIL_TEMPLATE has no place for the message: write {{ content }} where it shall stand")
    if problems:
        raise BadConfiguration(problems)
    return template, asked
