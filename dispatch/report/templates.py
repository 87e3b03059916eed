"""The HTML templates of what is written in a ticket; everything is escaped."""

from functools import cache
from pathlib import Path
from typing import Any

from dispatch.report import texts, times
from dispatch.report.details import detail_text, detail_words
from dispatch.report.explanations import explanation

TEMPLATES = Path(__file__).parent / "templates"


def render(name: str, **values: Any) -> str:
    """The template of that name, filled in."""
    return str(environment(TEMPLATES).get_template(name).render(values)).strip()


@cache
def environment(folder: Path) -> Any:
    """Jinja over a folder of our own templates, with the words and numbers of the report; one for each folder."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    made = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["texts"] = texts
    made.filters.update(
        number=texts.number,
        counted=texts.counted,
        moment=times.moment_text,
        detail=detail_text,
        explained=explanation,
        in_words=detail_words,
        size=texts.size_text,
    )
    return made
