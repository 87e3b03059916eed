"""A document that can not be made once is nobody's outcome."""

import time
from typing import Any

from dispatch.typesetting import PdfError
from local.simulators.pureservice import seed
from tests.stage import a_stage


async def test_a_typesetter_that_is_out_of_time_once_fails_nobody():
    async with a_stage(WITH_EXCHANGE="1") as stage:
        store = stage.pureservice.store
        members = [
            seed.add_company(store, "Direktoratet", organization_number="910000020"),
            seed.add_company(store, "Kommunen", email="post@kommunen.example", organization_number="910000039"),
        ]
        ticket = seed.add_ticket(store, "Rundskriv", seed.EF_USER)
        seed.relate_list_to_ticket(store, seed.add_list(store, "Alle", members=members), ticket)
        seed.add_dispatch_text(store, ticket, "<p>Hei.</p>")
        exchange: Any = stage.services.exchange
        real, failed = exchange._typesetter, []  # noqa: SLF001 - a typesetter that is busy for a while

        def slow(*given, **more):
            if len(failed) < 2:
                failed.append(True)
                raise PdfError("out of time")
            return real(*given, **more)

        exchange._typesetter = slow  # noqa: SLF001
        await stage.run(hours=40)
        assert len(stage.exchange.delivered_to("910000020")) == 1


async def test_a_document_that_outlasts_the_request_leaves_nobody_in_doubt():
    async with a_stage(WITH_EXCHANGE="1") as stage:
        store = stage.pureservice.store
        member = seed.add_company(store, "Direktoratet", organization_number="910000020")
        ticket = seed.add_ticket(store, "Rundskriv", seed.EF_USER)
        seed.relate_list_to_ticket(store, seed.add_list(store, "Alle", members=[member]), ticket)
        seed.add_dispatch_text(store, ticket, "<p>Hei.</p>")
        exchange: Any = stage.services.exchange
        real, states = exchange._typesetter, []  # noqa: SLF001 - a typesetter that is slow once
        usual, exchange._deadline = exchange._deadline, 0.2  # noqa: SLF001

        def slow(*given, **more):
            time.sleep(0.6)
            exchange._deadline = usual  # noqa: SLF001
            return real(*given, **more)

        exchange._typesetter = slow  # noqa: SLF001
        ledger: Any = stage.ledger
        record = ledger.record

        async def recording(batch, rows):
            states.extend(str(row.state) for row in rows)
            return await record(batch, rows)

        ledger.record = recording
        await stage.run(hours=40)

        assert "in_doubt" not in states
        assert len(stage.exchange.delivered_to("910000020")) == 1
