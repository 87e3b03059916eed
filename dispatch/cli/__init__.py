"""The commands of ``python -m dispatch``. Nothing of this is loaded by the functions.

Handed out whole: ``standing``, what ``status`` says.
"""

import io
import locale
import sys
from collections.abc import Sequence

__all__ = ["main", "standing"]

PROGRAM = "python -m dispatch"


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; returns the exit status."""
    import typer

    from dispatch.cli import parser_language, source
    from dispatch.cli.app import build
    from dispatch.cli.texts import Texts
    from dispatch.core import language_of
    from dispatch.settings import terminal_locale

    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal without UTF-8 gets other signs for those it has not
    texts = Texts(language_of(terminal_locale() or locale.getlocale()[0] or ""))
    given = source.first(sys.argv[1:] if arguments is None else arguments)
    try:
        code = build(texts)(given or ["--help"], prog_name=PROGRAM, standalone_mode=False)
    except parser_language.WRONG as error:
        sys.stderr.write(parser_language.refusal(error, texts))
        return 2
    except typer.Abort:
        return 1
    return code if isinstance(code, int) else 0
