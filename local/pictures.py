"""Copies the pictures that the browser tests took into the user guide, under the names that it knows them by."""

import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TAKEN, SHOWN = ROOT / "build" / "screens", ROOT / "docs" / "images"
PICTURES = {
    "forside-pagar": "forside",
    "utsendelse-pagar": "utsendelse",
    "stopp-bekreft": "stopp",
    "utsendelse-ferdig": "ferdig",
    "send-igjen": "send-igjen",
    "forhandsvisning": "forhandsvisning",
    "mottakerfil": "mottakerfil",
    "forhandsvisning-ulikt": "forhandsvisning-ulikt",
    "forhandsvisning-prove": "forhandsvisning-prove",
    "rapport-i-saken": "report",
    "notat-rettes": "notat-rettes",
    "notat-forhandsvisning": "notat-forhandsvisning",
    "notat-stoppet": "notat-stoppet",
}


def main() -> None:
    """Copies them."""
    for taken, shown in PICTURES.items():
        shutil.copyfile(TAKEN / f"{taken}.png", SHOWN / f"{shown}.png")
        print(f"docs/images/{shown}.png")


if __name__ == "__main__":
    main()
