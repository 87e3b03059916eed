"""The storage: each role by itself. What is written as a probe is removed again."""

from collections.abc import Sequence

from dispatch.ports import Check, Words
from dispatch.wiring import Resources, open_content, open_ledger, open_queues


def storage_checks(resources: Resources) -> Sequence[Check]:
    """Table, queue and blob have roles of their own."""

    async def table() -> None:
        await open_ledger(resources).check()

    async def queue() -> None:
        await open_queues(resources).check()

    async def blob() -> None:
        await open_content(resources).check()

    return [
        Check(
            name="table",
            ask=table,
            nb=Words(
                "Lager: tabell",
                "Gi identiteten rollen Storage Table Data Contributor. En ny rolle kan trenge ti minutter.",
            ),
            en=Words(
                "Storage: table",
                "Give the identity the role Storage Table Data Contributor. A new role may need ten minutes.",
            ),
        ),
        Check(
            name="queue",
            ask=queue,
            nb=Words(
                "Lager: kø", "Gi identiteten rollen Storage Queue Data Contributor. En ny rolle kan trenge ti minutter."
            ),
            en=Words(
                "Storage: queue",
                "Give the identity the role Storage Queue Data Contributor. A new role may need ten minutes.",
            ),
        ),
        Check(
            name="blob",
            ask=blob,
            nb=Words(
                "Lager: blob", "Gi identiteten rollen Storage Blob Data Owner. En ny rolle kan trenge ti minutter."
            ),
            en=Words(
                "Storage: blob", "Give the identity the role Storage Blob Data Owner. A new role may need ten minutes."
            ),
        ),
    ]
