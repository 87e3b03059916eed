"""What the contest's Node contestant is made of. ``make bench`` installs its packages in the build's folder."""

import json
import shutil
import subprocess
from pathlib import Path

HERE = Path(__file__).resolve().parent
SCRIPT = HERE / "pool.cjs"
INSTALLED = HERE.parents[1] / "build" / "bench" / "node"
MODULES = INSTALLED / "node_modules"
_FILES = ("package.json", "package-lock.json", ".npmrc")


def install() -> None:
    """Installs its packages, unless that was done with this very lock."""
    ready = INSTALLED / ".ready"
    lock = (HERE / "package-lock.json").read_text(encoding="utf-8")
    if ready.exists() and ready.read_text(encoding="utf-8") == lock:
        return
    INSTALLED.mkdir(parents=True, exist_ok=True)
    for name in _FILES:
        shutil.copy(HERE / name, INSTALLED / name)
    subprocess.run(["npm", "ci", "--silent", "--no-audit", "--no-fund"], cwd=INSTALLED, check=True)
    ready.write_text(lock, encoding="utf-8")


def versions() -> dict[str, str]:
    """Of Node itself and of the packages."""
    node = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout.strip()
    wanted: dict[str, str] = json.loads((HERE / "package.json").read_text(encoding="utf-8"))["dependencies"]
    return {"node": node.removeprefix("v"), **wanted}
