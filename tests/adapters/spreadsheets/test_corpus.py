"""Forty files, each read in the process that reads them in Azure too."""

import pytest

from dispatch.adapters.spreadsheets import SpreadsheetFiles
from dispatch.planning import FileRecipient, FileToFix, RecipientFile, read_recipient_file
from tests.adapters.spreadsheets.corpus import BAD, GOOD, Bad, Good


def as_tuple(one: FileRecipient) -> tuple[object, ...]:
    return one.row, one.name, one.address, one.organisation_number, one.values


@pytest.mark.parametrize("case", GOOD, ids=lambda case: case.name)
async def test_what_people_may_well_send_with_is_read(case: Good):
    found = await read_recipient_file(case.make(), name=case.name, reader=SpreadsheetFiles())

    assert isinstance(found, RecipientFile), found
    assert tuple(map(as_tuple, found.recipients)) == case.recipients
    assert tuple(field.key for field in found.fields) == case.fields
    assert {one.row: one.files for one in found.recipients if one.files} == case.files
    assert found.repeated == case.repeated


@pytest.mark.parametrize("case", BAD, ids=lambda case: case.name)
async def test_what_can_not_be_sent_with_is_refused_in_words(case: Bad):
    found = await read_recipient_file(case.make(), name=case.name, reader=SpreadsheetFiles())

    assert found == FileToFix(case.sentences)


def test_there_are_twenty_of_each():
    assert (len(GOOD), len(BAD)) == (20, 20)
