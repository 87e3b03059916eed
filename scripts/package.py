"""Packs what is deployed, and only that: everything that .funcignore leaves in, as a zip for a remote build."""

import argparse
import fnmatch
import os
import zipfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def files(root: Path) -> Iterator[Path]:
    """Files below ``root`` that no line of .funcignore names, in order."""
    lines = (root / ".funcignore").read_text(encoding="utf-8").splitlines()
    patterns = [line.strip().rstrip("/") for line in lines if line.strip() and not line.startswith("#")]
    # A folder that is left out is not looked into: the largest ones are.
    for folder, inner, names in os.walk(root):
        inner[:] = sorted(name for name in inner if not _named(name, patterns))
        yield from (Path(folder, name) for name in sorted(names) if not _named(name, patterns))


def _named(name: str, patterns: list[str]) -> bool:
    return any(fnmatch.fnmatch(name, pattern) for pattern in patterns)


def pack(root: Path, output: Path) -> list[str]:
    """Writes the zip; returns the names in it."""
    names = []
    with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as packed:
        for path in files(root):
            name = path.relative_to(root).as_posix()
            packed.write(path, name)
            names.append(name)
    return names


def main() -> None:
    """Packs the project."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, required=True)
    asked = parser.parse_args()
    names = pack(ROOT, asked.output)
    print(f"{len(names)} files, {asked.output.stat().st_size // 1024} kB: {asked.output}")


if __name__ == "__main__":
    main()
