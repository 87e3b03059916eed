"""``arkivmelding.xml`` is valid whatever the letter is called, and the same at every attempt."""

import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from dispatch.adapters.eformidling.arkivmelding import Document, Origin, arkivmelding
from dispatch.core import ExchangeMessage, Part, message_ids

SCHEMA = Path(__file__).resolve().parents[5] / "shared" / "xsd" / "arkivmelding.xsd"
SPACE = "{http://www.arkivverket.no/standarder/noark5/arkivmelding}"
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
ORIGIN = Origin("910000012", "Etaten", "pureservice-utsendelse", uuid.UUID(int=7))
COMPLETE = Origin("910000012", "Etaten", "system", uuid.UUID(int=7), "Postboks 1", "0001", "Oslo")


def a_message(title="Svar", name="Eksempel kommune"):
    message_id, conversation_id = message_ids("9001-8001", "k", 1)
    return ExchangeMessage(
        message_id, conversation_id, "910000020", name, title, 10234, NOON, NOON + timedelta(hours=24),
        Part("melding.pdf", "application/pdf", b"%PDF"),
    )  # fmt: skip


def documents(count):
    return [Document("melding.pdf", "Svar"), *(Document(f"v{n}.pdf", f"Vedlegg {n}") for n in range(count))]


@pytest.fixture(scope="module")
def schema():
    if not SCHEMA.exists():
        pytest.skip("the schema is not ours to hand out, and is not on this machine")
    return etree.XMLSchema(etree.parse(str(SCHEMA)))


@settings(max_examples=60, deadline=None)
@given(title=st.text(max_size=300), name=st.text(max_size=300), count=st.integers(0, 5), whole=st.booleans())
def test_it_is_valid_whatever_is_written(schema, title, name, count, whole):
    made = arkivmelding(a_message(title, name), documents(count), COMPLETE if whole else ORIGIN)
    schema.assertValid(etree.fromstring(made))


def test_one_main_document_numbers_from_one_and_the_count_of_files():
    root = etree.fromstring(arkivmelding(a_message(), documents(3), ORIGIN))
    roles = [node.text for node in root.iter(f"{SPACE}tilknyttetRegistreringSom")]
    assert roles == ["Hoveddokument", "Vedlegg", "Vedlegg", "Vedlegg"]
    assert [node.text for node in root.iter(f"{SPACE}dokumentnummer")] == ["1", "2", "3", "4"]
    assert root.findtext(f"{SPACE}antallFiler") == "4"
    assert next(root.iter(f"{SPACE}journalposttype")).text == "Utgående dokument"
    assert next(root.iter(f"{SPACE}journalstatus")).text == "Ekspedert"


def test_the_sender_is_given_whole_or_not_at_all():
    def parties(origin):
        root = etree.fromstring(arkivmelding(a_message(), documents(0), origin))
        return [node.text for node in root.iter(f"{SPACE}korrespondanseparttype")]

    assert parties(ORIGIN) == ["Mottaker"]
    assert parties(COMPLETE) == ["Avsender", "Mottaker"]


def test_it_is_the_same_at_every_attempt():
    assert arkivmelding(a_message(), documents(2), ORIGIN) == arkivmelding(a_message(), documents(2), ORIGIN)


def test_a_title_is_never_empty():
    root = etree.fromstring(arkivmelding(a_message(title="\x00 \n"), documents(0), ORIGIN))
    assert next(root.iter(f"{SPACE}offentligTittel")).text == "Sak 10234"
