"""``arkivmelding.xml``: the letter as an archive sees it, after Noark 5.

Written with the standard library: the document is small and only ever written, and its parser-grade alternative would
cost every cold start some tens of milliseconds. Tests hold it against the schema.
"""

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from dispatch.adapters.eformidling.envelope import OSLO, local_time
from dispatch.core import ExchangeMessage

SPACE = "http://www.arkivverket.no/standarder/noark5/arkivmelding"
INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"
LONGEST_TITLE = 255  # Altinn's own limit for what it shows
NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
CONTROL = re.compile(r"[\x7f-\x9f\ufdd0-\ufdef]")


@dataclass(frozen=True, slots=True)
class Origin:
    """Who sends. ``namespace`` is what the ids of archive units are made in."""

    organisation: str
    name: str
    system: str
    namespace: uuid.UUID
    address: str = ""
    postcode: str = ""
    city: str = ""

    @property
    def is_complete(self) -> bool:
        """Whether a reply can be posted: a part that is only half given would hide the registry's own address."""
        return all((self.name, self.address, self.postcode, self.city))


@dataclass(frozen=True, slots=True)
class Document:
    """One document of the letter; the first of them is the main one. ``name`` is as it is uploaded."""

    name: str
    title: str


def plain(text: str, *, longest: int = LONGEST_TITLE) -> str:
    """The text on one line, without what XML can't hold, no longer than ``longest`` characters."""
    return " ".join(CONTROL.sub(" ", NOT_XML.sub("", text)).split())[:longest].rstrip()


def title_of(message: ExchangeMessage) -> str:
    """The letter's title; never empty, which Altinn refuses long after it was accepted."""
    return plain(message.title) or f"Sak {message.request_number}"


def arkivmelding(message: ExchangeMessage, documents: Sequence[Document], origin: Origin) -> bytes:
    """The document: the same bytes at every attempt."""
    root = ET.Element(
        "arkivmelding",
        {"xmlns": SPACE, "xmlns:xsi": INSTANCE, "xsi:schemaLocation": f"{SPACE} arkivmelding.xsd"},
    )
    _add(root, "system", origin.system)
    _add(root, "meldingId", message.message_id)
    _add(root, "tidspunkt", local_time(message.created))
    _add(root, "antallFiler", str(len(documents)))
    _case(root, message, documents, origin)
    return bytes(ET.tostring(root, encoding="UTF-8", xml_declaration=True))


def _case(root: ET.Element, message: ExchangeMessage, documents: Sequence[Document], origin: Origin) -> None:
    """The case: the ticket that the letter was sent from, with the same id in all its letters."""
    case_id = _id(origin, f"{origin.organisation}/{message.request_number}")
    title = title_of(message)
    case = ET.SubElement(root, "mappe", {"xsi:type": "saksmappe"})
    _add(case, "systemID", case_id)
    _add(case, "tittel", title)
    _add(case, "offentligTittel", title)
    _created(case, message, origin)
    _entry(case, message, documents, origin, case_id=case_id)
    _add(case, "saksdato", _date(message))
    _add(case, "administrativEnhet", origin.name)
    _add(case, "saksansvarlig", "Ikke oppgitt")
    _add(case, "saksstatus", "Under behandling")


def _entry(
    case: ET.Element, message: ExchangeMessage, documents: Sequence[Document], origin: Origin, *, case_id: str
) -> None:
    entry = ET.SubElement(case, "basisregistrering", {"xsi:type": "journalpost"})
    _add(entry, "systemID", _id(origin, message.message_id))
    _created(entry, message, origin)
    _add(entry, "arkivertDato", local_time(message.created))
    _add(entry, "arkivertAv", origin.system)
    _add(entry, "referanseForelderMappe", case_id)
    for number, document in enumerate(documents, start=1):
        _document(entry, message, document, origin, number=number)
    title = title_of(message)
    _add(entry, "tittel", title)
    _add(entry, "offentligTittel", title)
    _add(ET.SubElement(entry, "virksomhetsspesifikkeMetadata"), "saksnummer", str(message.request_number))
    _add(entry, "journalposttype", "Utgående dokument")
    _add(entry, "journalstatus", "Ekspedert")
    _add(entry, "journaldato", _date(message))
    _parties(entry, message, origin)


def _document(entry: ET.Element, message: ExchangeMessage, document: Document, origin: Origin, *, number: int) -> None:
    main = number == 1
    described = ET.SubElement(entry, "dokumentbeskrivelse")
    _add(described, "systemID", _id(origin, f"{message.message_id}/{number}"))
    _add(described, "dokumenttype", "Brev" if main else "Vedlegg")
    _add(described, "dokumentstatus", "Dokumentet er ferdigstilt")
    _add(described, "tittel", plain(document.title) or document.name)
    _created(described, message, origin)
    _add(described, "tilknyttetRegistreringSom", "Hoveddokument" if main else "Vedlegg")
    _add(described, "dokumentnummer", str(number))
    _add(described, "tilknyttetDato", local_time(message.created))
    _add(described, "tilknyttetAv", origin.system)
    file = ET.SubElement(described, "dokumentobjekt")
    _add(file, "versjonsnummer", "1")
    _add(file, "variantformat", "Produksjonsformat")
    _created(file, message, origin)
    _add(file, "referanseDokumentfil", document.name)


def _parties(entry: ET.Element, message: ExchangeMessage, origin: Origin) -> None:
    if origin.is_complete:
        sender = ET.SubElement(entry, "korrespondansepart")
        _add(sender, "korrespondanseparttype", "Avsender")
        _add(sender, "korrespondansepartNavn", origin.name)
        _add(sender, "postadresse", origin.address)
        _add(sender, "postnummer", origin.postcode)
        _add(sender, "poststed", origin.city)
    receiver = ET.SubElement(entry, "korrespondansepart")
    _add(receiver, "korrespondanseparttype", "Mottaker")
    _add(receiver, "korrespondansepartNavn", plain(message.receiver_name) or message.receiver)


def _created(parent: ET.Element, message: ExchangeMessage, origin: Origin) -> None:
    _add(parent, "opprettetDato", local_time(message.created))
    _add(parent, "opprettetAv", origin.system)


def _add(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, name).text = text


def _date(message: ExchangeMessage) -> str:
    return message.created.astimezone(OSLO).date().isoformat()


def _id(origin: Origin, of: str) -> str:
    return str(uuid.uuid5(origin.namespace, of))
