"""Which files on a ticket are ours, whatever else is put there under the same names, and whoever writes it down."""

from dispatch.core import AttachmentInfo, TicketId
from dispatch.planning import change_own_files, read_own_files
from dispatch.planning.own_files import OwnFiles
from tests.stage import Stage

TICKET = TicketId(7)


def a_file(number: int, name: str) -> AttachmentInfo:
    return AttachmentInfo(id=number, name=name, content_type="text/csv", size=1)


async def test_a_file_that_stood_there_before_we_expected_its_name_is_not_ours():
    """A case worker put a file by the name of the second round's list there between the two rounds."""
    first = OwnFiles().expecting(["mottakere.csv"], [a_file(1, "høring.pdf")])
    put = [a_file(1, "høring.pdf"), a_file(2, "mottakere.csv"), a_file(3, "mottakere-2.csv")]

    second = first.seen(put).expecting(["mottakere-2.csv"], put)

    assert [file.id for file in put if second.holds(file)] == [2]
    assert second.seen([*put, a_file(4, "mottakere-2.csv")]).known == {2: "mottakere.csv", 4: "mottakere-2.csv"}


async def test_one_who_slept_takes_nothing_away_from_what_another_has_written(stage: Stage):
    """The one who writes a report sleeps between reading and writing while another writes the ticket's next one."""
    services, slept = stage.services, False
    put = services.content.put

    async def another_writes(*args, **named):
        nonlocal slept
        if not slept:
            slept = True
            listed = [a_file(1, "a.pdf")]
            await change_own_files(TICKET, lambda own: own.expecting(["b.csv"], listed), services)
            after = [*listed, a_file(2, "b.csv")]
            await change_own_files(TICKET, lambda own: own.seen(after), services)
        await put(*args, **named)

    stage.content.put = another_writes  # type: ignore[method-assign]
    await change_own_files(TICKET, lambda own: own.expecting(["a.csv"], []), services)

    own = await read_own_files(TICKET, services)
    assert own.known == {2: "b.csv"}
    assert set(own.expected) == {"a.csv", "b.csv"}


async def test_what_the_version_before_wrote_is_read_and_it_reads_what_we_write(stage: Stage):
    old = b'{"known": {"5": "x.pdf"}, "names": ["x.pdf", "y.csv"], "before": [1, 2]}'
    stage.content.blobs["tickets/7/own-files.json"] = old

    own = await read_own_files(TICKET, stage.services)
    assert own == OwnFiles({5: "x.pdf"}, dict.fromkeys(["x.pdf", "y.csv"], frozenset({1, 2})))
    await change_own_files(TICKET, lambda own: own.expecting(["z.csv"], [a_file(9, "q")]), stage.services)
    written = stage.content.blobs["tickets/7/own-files.json"].decode()
    assert '"names": ["x.pdf", "y.csv", "z.csv"], "before": [1, 2, 9]' in written
