"""An address that can't be used is said to be so in words that tell what to fix, wherever the recipient is named."""

import pytest

from dispatch.core import addresses
from dispatch.planning import preview_numbered
from dispatch.report import detail_words
from local.simulators.pureservice import seed

Fault = addresses.Fault
WRITTEN = {
    Fault.EMPTY: ("<>", "Det står ingen adresse i feltet"),
    Fault.NO_AT: ("kari.eksempel.no", "Det mangler @, eller det som skal stå foran eller bak"),
    Fault.SEVERAL: ("kari@x.no, ola@x.no", "Det står flere adresser i samme felt"),
    Fault.CONTROL: ("ka\u2028ri@x.no", "Det er et linjeskift eller et usynlig tegn midt i adressen"),
    Fault.TEXT_BEFORE: (
        "Tlf 22334455 post@x.no",
        "Det står andre ord foran adressen, eller et mellomrom foran @",
    ),
    Fault.TEXT_AFTER: ("kari@mail x.no", "Det står andre ord bak adressen, eller et mellomrom bak @"),
    Fault.LOCAL_PART: (".kari@x.no", "Det som står foran @, er ikke gyldig"),
    Fault.UTF8_LOCAL_PART: ("kåre@x.no", "Det står æ, ø, å eller et annet særtegn foran @"),
    Fault.DOMAIN: ("kari@x", "Det som står bak @, er ikke et gyldig domene"),
    Fault.TOO_LONG: (f"kari@{'x.' * 130}no", "Adressen er for lang"),
}


def test_each_fault_has_its_own_words():
    assert set(WRITTEN) == set(Fault)
    assert {fault: addresses.fault_of(address) for fault, (address, _) in WRITTEN.items()} == {
        fault: fault for fault in Fault
    }


@pytest.mark.parametrize(
    "fault", [fault for fault in Fault if fault is not Fault.CONTROL]
)  # what Pureservice gives has no control characters left
async def test_preview_report_and_csv_say_what_is_wrong_with_the_address(stage, fault):
    address, words = WRITTEN[fault]
    store = stage.pureservice.store
    ticket = seed.add_ticket(store, "Høring")
    members = [
        seed.add_user(store, "Feil", "Adresse", email=address),
        seed.add_user(store, "Ola", "N", email="o@x.example"),
    ]
    seed.relate_list_to_ticket(store, seed.add_list(store, "Listen", members=members), ticket)
    seed.add_dispatch_text(store, ticket, "<p>Hei</p>")

    found = await preview_numbered(ticket["requestNumber"], stage.services)
    await stage.run()

    (file,) = [content for name, content in stage.content.blobs.items() if name.endswith("-mottakere.csv")]
    assert f"Ugyldig e-postadresse;{words};" in file.decode("utf-8-sig")
    assert f"Ugyldig e-postadresse. {words}</td>" in stage.solutions_on(ticket)[-1]
    assert [detail_words(row.detail) for row in found.left_out] == [words]
