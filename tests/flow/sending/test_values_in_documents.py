"""Values in the documents that are set of a letter: each is read as it was written, and is nothing but text.

The document of eFormidling and the archive copy are set by Typst, which is a language of its own.
"""

import io
from collections import Counter
from typing import Any

import pypdf

from local.demo.government import organisation_numbers
from local.simulators.pureservice import seed
from tests.adapters.spreadsheets.making import csv_file
from tests.flow.planning.test_whom_the_file_names import put
from tests.stage import Stage, a_stage

HOSTILE = {
    "call": '#eval("1 + 1") #image("letter.json") #read("/etc/passwd") #pagebreak() #(1+2)',
    "code": '"#panic()" + ");#panic() //',
    "math": "$x^2$ og $ sum_1^n $ 5$",
    "signs": "*fet* _kursiv_ `kode` ```typ #panic()``` ~ -- --- ... \\ \\u{41} \\#",
    "ends": "] [ )] } { /* borte */ // borte",
    "names": "<merke> @merke #label https://eksempel.example/x#y",
    "fields": "{{navn}} \\{{navn}} {{{{ ⟦call⟧ {% raw %} {{ 7 * 7 }}",
    "markup": '<script>alert(1)</script><img src=x onerror="y"> &amp; &#35;',
    "lines": "en\n= to\n- tre\n+ fire\n/ fem: seks\n#pagebreak()",
    "formula": '=HYPERLINK("https://eksempel.example")',
    "long": "#W*" * 600,
    "right": "שלום #עולם",
    "emoji": "hei 😀 på deg",
    "cells": "a,b;c\t\"d\" | 'e'",
}
PLAIN = dict.fromkeys(HOSTILE, "vanlig")
NAME = '#eval("1") *Etaten* <b> ]'
ACTIVE = {"/JavaScript", "/JS", "/OpenAction", "/AA", "/URI", "/Launch", "/EmbeddedFiles", "/EF", "/XFA"}


def read(content: bytes) -> pypdf.PdfReader:
    return pypdf.PdfReader(io.BytesIO(content))


def words_of(content: bytes) -> str:
    """All that is read in the document, without blanks: where a line ends is the page's."""
    return "".join("".join(page.extract_text() for page in read(content).pages).replace("\xad", "").split())


def value_in(content: bytes, name: str) -> str:
    return words_of(content).rpartition(f"{name}begin:")[2].partition(f":{name}end")[0]


def kinds_in(content: bytes) -> Counter[str]:
    """The elements of the structure, but for text that is parted by its fonts or lines, and all names of objects."""
    found: Counter[str] = Counter()
    reader: Any = read(content)
    for number in range(1, int(reader.trailer["/Size"])):
        one = reader.get_object(number)
        if isinstance(one, dict):
            found.update(key for key in one if key in ACTIVE)
            found[f"structure {one.get('/S')}"] += "/S" in one and one.get("/S") in {"/H1", "/H2", "/P", "/L", "/Link"}
    return +found


async def test_a_value_is_read_as_it_was_written_in_the_document_of_eformidling_and_in_the_archive_copy() -> None:
    async with a_stage(WITH_EXCHANGE="1") as stage:
        assert stage.exchange is not None
        numbers = [number for number, _ in zip(organisation_numbers(), range(2), strict=False)]
        for number in numbers:
            stage.exchange.add_organisation(number)
        ticket = seed.add_ticket(stage.pureservice.store, "Vedtak", seed.EF_USER)
        text = "".join(f"<p>{name}begin:{{{{{name}}}}}:{name}end</p>" for name in HOSTILE)
        seed.add_dispatch_text(stage.pureservice.store, ticket, text, subject="Om {{call}}")
        heads = ("Navn", "Orgnr", *HOSTILE)
        rows = [(NAME, numbers[0], *HOSTILE.values()), ("Vanlig", numbers[1], *PLAIN.values())]
        put(stage, ticket, csv_file([heads, *rows]))
        await stage.run(hours=48)

        hostile, plain = (the_document(stage.exchange.delivered_to(number)) for number in numbers)
        archive = the_archive_copy(stage, ticket["id"])
        for name, value in HOSTILE.items():
            written = "".join(value.split())
            for content in (hostile, archive):
                seen = value_in(content, name)
                # What reads from right to left is taken out in an order of the reader's own.
                order = sorted if name == "right" else list
                assert order(seen) == order(as_drawn(written, seen))
            assert value_in(plain, name) == "vanlig"
        assert f"Om{''.join(HOSTILE['call'].split())}" in words_of(hostile)
        assert "".join(NAME.split()) in words_of(archive)
        assert kinds_in(hostile) == kinds_in(plain), "a value makes no heading, list, link or action"
        assert not kinds_in(archive).keys() & ACTIVE


def as_drawn(written: str, seen: str) -> str:
    """An emoji is drawn, or said by its name where no font has it."""
    return written if "😀" in seen else written.replace("😀", "[grinningface]")


def the_document(messages: list[Any]) -> bytes:
    (message,) = messages
    (content,) = [file.content for file in message.files if file.content.startswith(b"%PDF")]
    return bytes(content)


def the_archive_copy(stage: Stage, ticket: int) -> bytes:
    store = stage.pureservice.store
    (file,) = [
        row for row in store.attachments.values() if row["ticketId"] == ticket and "-melding" in str(row["fileName"])
    ]
    return store.file_bytes(file["id"])
