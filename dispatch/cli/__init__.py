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
    from dispatch.cli import source
    from dispatch.cli.app import build
    from dispatch.cli.texts import Texts
    from dispatch.core import language_of
    from dispatch.settings import terminal_locale

    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal without UTF-8 gets other signs for those it has not
    texts = Texts(language_of(terminal_locale() or locale.getlocale()[0] or ""))
    try:
        build(texts)(source.first(sys.argv[1:] if arguments is None else arguments), prog_name=PROGRAM)
    except SystemExit as end:
        return int(end.code or 0) if not isinstance(end.code, str) else 1
    return 0
