"""Settings from a file as Core Tools keep them: ``local.settings.json`` with its ``Values``."""

import json
import os
from collections.abc import Mapping
from pathlib import Path

from dispatch.core import BadConfiguration
from dispatch.settings.storage import STORAGE

LOCAL = Path("local.settings.json")
SIGNS = ("PURESERVICE_URL", STORAGE, f"{STORAGE}__tableServiceUri")  # without these nothing of ours is set up


def settings_of(file: Path | None, *, environ: Mapping[str, str] | None = None) -> Mapping[str, str]:
    """Where the settings come from: the file that is named, else the environment, else ``local.settings.json``.

    One place, and never a mixture: half of production's settings with half of the simulators' would send for real.

    Raises:
        BadConfiguration: the file can't be read.
    """
    given = os.environ if environ is None else environ
    if file is not None:
        return read_settings(file)
    if any(given.get(name, "").strip() for name in SIGNS) or not LOCAL.is_file():
        return given
    return read_settings(LOCAL)


def read_settings(file: Path) -> dict[str, str]:
    """The ``Values`` of a settings file.

    Raises:
        BadConfiguration: there are none.
    """
    try:
        content = json.loads(file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise BadConfiguration([f"{file}: can't be read ({error.strerror or type(error).__name__})"]) from error
    except ValueError as error:
        raise BadConfiguration([f"{file}: is no JSON ({error})"]) from error
    values = content.get("Values") if isinstance(content, dict) else None
    if not isinstance(values, dict):
        raise BadConfiguration([f"{file}: has no Values, as local.settings.example.json has"])
    if content.get("IsEncrypted"):
        raise BadConfiguration([f"{file}: is encrypted; func settings decrypt opens it"])
    return {str(name): str(value) for name, value in values.items()}
