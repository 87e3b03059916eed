"""Who is in a plan: everybody in file and lists, or those who got the message that this one follows."""

from dispatch.core import Rejected
from dispatch.planning.follow_up import NOBODY, followers
from dispatch.planning.list_reading import members
from dispatch.planning.material import Material
from dispatch.planning.plan_writer import PlanWriter
from dispatch.planning.ticket_lists import refuse_useless
from dispatch.planning.values_again import FileNow
from dispatch.services import Services


async def add_recipients(writer: PlanWriter, material: Material, services: Services, *, as_now: bool) -> None:
    """Writes every recipient; without ``as_now`` those of a follow-up as they were, for a preview.

    Raises:
        Rejected: there is nobody to send to, or somebody lacks a value.
    """
    if material.follows:
        await _add_followers(writer, material, services, as_now=as_now)
    else:
        await _add_everybody(writer, material, services)
    refuse_useless(writer, material.names)
    if writer.merge.problems:
        raise Rejected(writer.merge.problems)


async def _add_everybody(writer: PlanWriter, material: Material, services: Services) -> None:
    if material.source:
        await writer.add_file(material.source)
    async for member in members(writer.dispatch, material.lists, services):
        await writer.add(member)
    await writer.flush()


async def _add_followers(writer: PlanWriter, material: Material, services: Services, *, as_now: bool) -> None:
    assert material.follows is not None
    file = FileNow(material.files, material.source)
    found = followers(writer.dispatch, material.follows, file, services, as_now=as_now)
    async for member, line in found:
        await writer.add(member, line)
    await writer.flush()
    if not writer.recipients:
        raise Rejected([NOBODY])
