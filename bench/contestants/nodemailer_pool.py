"""A pool of nodemailer with a ledger in SQLite: gives it the letter, and becomes Node."""

import json
import os
import sys
from pathlib import Path

from bench.letters import SENDER, SENDER_NAME, the_letter
from bench.node import MODULES, SCRIPT


def main() -> None:
    """As ``post_office_queue``. The process stays the same one, so that it can be killed by its number."""
    path = Path(sys.argv[1])
    spec = json.loads(path.read_text(encoding="utf-8"))
    letter = the_letter()
    spec["letter"] = {"subject": letter.subject, "text": letter.text, "html": letter.html}
    spec |= {"sender": SENDER, "sender_name": SENDER_NAME}
    Path(spec["database"]).parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(spec), encoding="utf-8")
    os.execvpe("node", ["node", str(SCRIPT), str(path)], {**os.environ, "NODE_PATH": str(MODULES)})


if __name__ == "__main__":
    main()
