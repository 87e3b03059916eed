"""PDF, report, CSV, page, API and commands tell the same numbers of people, whatever became of them."""

import csv
import io
import json
import random
import re
from typing import Any

import pytest

from dispatch.cli import standing
from local.simulators.faults import Fault
from local.simulators.pureservice import seed
from tests.stage import a_stage
from tests.web.visitor import Visitor, text_of

SETTINGS = {"WEBSITE_AUTH_ENABLED": "True", "MAIL_MAILER": "microsoft-graph", "MAIL_RECONCILE": "off"}
SEND = r"POST .*/sendMail"
GONE = json.dumps({"error": {"code": "ErrorInvalidRecipients", "message": "x"}})


@pytest.mark.parametrize("number", range(8))
async def test_every_place_tells_the_same_numbers(number: int):
    chance = random.Random(number)
    async with a_stage(**SETTINGS, DISPATCH_BATCH_SIZE=str(chance.randint(1, 9))) as stage:
        ticket, store = stage.seed(members=chance.randint(1, 12)), stage.pureservice.store
        without = [seed.add_user(store, "Uten", f"Adresse {n}") for n in range(chance.randint(0, 3))]
        seed.relate_list_to_ticket(store, seed.add_list(store, "B", members=without), ticket)
        for _ in range(chance.randint(0, 3)):
            kind: dict[str, Any] = chance.choice([{"status": 400, "body": GONE}, {"drop": "after"}])
            stage.graph.faults.add(Fault(match=SEND, times=1, skip=chance.randint(0, 5), **kind))
        await stage.run()

        key, visitor = stage.dispatch_of(ticket).key, Visitor(stage.services)
        counts = json.loads((await visitor.get(f"v1/dispatches/{key}")).body)["dispatch"]["counts"]
        seen = await standing.standing(key, stage.services)
        report = " ".join(re.sub("<[^>]+>", " ", stage.solutions_on(ticket)[-1]).split()).replace("\u00a0", " ")
        page = text_of(await visitor.get(key))
        rows = list(
            csv.DictReader(
                io.StringIO((await visitor.get(f"{key}/mottakere.csv")).body.decode("utf-8-sig")), delimiter=";"
            )
        )

        assert seen is not None
        total = counts["recipients"]
        assert total == len(rows) == seen.tally.recipients
        assert f"Mottakere i alt {total} " in report
        assert f"{total} av {total} mottaker" in page
        for name, words in (
            ("delivered", "Levert til e-postsystemet"),
            ("failed", "Ikke levert"),
            ("skipped", "Ikke forsøkt sendt"),
            ("uncertain", "Usikkert om levert"),
        ):
            count = counts[name]
            assert count == getattr(seen.tally, name) == sum(row["Resultat"] == words for row in rows)
            assert f"{words} {count} " in report
