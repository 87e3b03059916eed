"""Heads of rows in the PDF's structure: Typst names only those of columns.

What it wrote is read back by a library, in which a table's cells come in the order in which the template gives them.
"""

import io
from collections.abc import Iterator, Sequence
from typing import Any

from dispatch.document import Block


def with_row_heads(content: bytes, blocks: Sequence[Block]) -> bytes:
    """The PDF with every head of a row tagged as one; as it was where there is none."""
    wanted = [[cell["scope"] for cell in table["cells"]] for table in _tables(list(blocks))]
    if not any(map(any, wanted)):
        return content
    from pypdf.errors import PyPdfError

    try:
        return _named(content, wanted)
    except (PyPdfError, RecursionError):  # a copy whose rows have no heads is better than none
        return content


def _named(content: bytes, wanted: Sequence[Sequence[str]]) -> bytes:
    from pypdf import PdfReader, PdfWriter

    reader = PdfReader(io.BytesIO(content))
    writer = PdfWriter(clone_from=reader)
    writer.pdf_header = reader.pdf_header
    structure = writer.root_object.get("/StructTreeRoot")
    written = [list(_cells(table)) for table in _elements(structure, {"/Table"})] if structure else []
    if [len(table) for table in written] != [len(table) for table in wanted]:
        return content
    for cells, scopes in zip(written, wanted, strict=True):
        for cell, scope in zip(cells, scopes, strict=True):
            if scope:
                _make_head(cell, scope)
    made = io.BytesIO()
    writer.write(made)
    return made.getvalue()


def _tables(value: Any) -> Iterator[Block]:
    """Every table in reading order, those in cells after the one that they lie in."""
    if isinstance(value, dict):
        if value.get("kind") == "table":
            yield value
        for inner in value.values():
            yield from _tables(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _tables(inner)


def _elements(node: Any, kinds: set[str]) -> Iterator[Any]:
    """The structure's elements of some kinds, in reading order."""
    for kid in _kids(node):
        if kid.get("/S") in kinds:
            yield kid
        yield from _elements(kid, kinds)


def _cells(table: Any) -> Iterator[Any]:
    """A table's own cells."""
    for kid in _kids(table):
        if kid.get("/S") in {"/TH", "/TD"}:
            yield kid
        elif kid.get("/S") in {"/THead", "/TBody", "/TFoot", "/TR"}:
            yield from _cells(kid)


def _kids(node: Any) -> Iterator[Any]:
    found = node.get("/K", [])
    found = found.get_object()
    for kid in found if isinstance(found, list) else [found]:
        item = kid.get_object()
        if isinstance(item, dict) and "/S" in item:
            yield item


def _make_head(cell: Any, scope: str) -> None:
    from pypdf.generic import ArrayObject, DictionaryObject, NameObject

    cell[NameObject("/S")] = NameObject("/TH")
    said = cell.get("/A", ArrayObject()).get_object()
    attributes = said if isinstance(said, list) else ArrayObject([said])
    of_table = next((one.get_object() for one in attributes if one.get_object().get("/O") == "/Table"), None)
    if of_table is None:
        of_table = DictionaryObject({NameObject("/O"): NameObject("/Table")})
        attributes.append(of_table)
    of_table[NameObject("/Scope")] = NameObject(f"/{scope}")
    cell[NameObject("/A")] = attributes
