"""The statuses that a dispatch sets its ticket to."""

from dispatch.core import Rejected
from dispatch.services import Services


async def check_statuses(services: Services) -> None:
    """Looks for every status that the dispatch will want to set.

    Raises:
        Rejected: Pureservice has none of a name.
    """
    settings = services.settings
    names = [settings.pureservice_dispatch_solved_status, settings.pureservice_ticket_status_open]
    names += [settings.pureservice_dispatch_approval_status] if settings.dispatch_approval_above else []
    problems = [
        f"Statusen «{name}» finnes ikke i Pureservice. Den er valgt i oppsettet av Pureservice Utsendelse; "
        "be den som drifter løsningen om å rette det."
        for name in names
        if await services.statuses.named(name) is None
    ]
    if problems:
        raise Rejected(problems)
