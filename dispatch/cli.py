"""The commands of ``python -m dispatch``. The standard library's parser keeps what is deployed light."""

import argparse
import asyncio
import json
import locale
import logging
import sys
from collections.abc import Sequence

from dispatch import doctor
from dispatch.doctor_texts import language_of
from dispatch.settings import terminal_locale


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; returns the exit status."""
    asked = _parser().parse_args(arguments)
    logging.getLogger("azure").setLevel(logging.ERROR)
    status: int = asked.run(asked)
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m dispatch", description="Pureservice Utsendelse")
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    examination = commands.add_parser("doctor", help="check everything that a dispatch needs")
    examination.add_argument("--json", action="store_true", help="for a pipeline")
    examination.set_defaults(run=_doctor)
    return parser


def _doctor(asked: argparse.Namespace) -> int:
    language = language_of(terminal_locale() or locale.getlocale()[0] or "")
    findings = asyncio.run(doctor.examine(language=language))
    told = (
        json.dumps(doctor.as_json(findings), ensure_ascii=False, indent=2)
        if asked.json
        else doctor.as_table(findings, language=language)
    )
    # A terminal without UTF-8 gets other signs in place of those that it has not.
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(told.encode(encoding, "replace").decode(encoding) + "\n")
    return 1 if doctor.failures(findings) else 0
