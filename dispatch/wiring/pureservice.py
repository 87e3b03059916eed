"""Opens the ticket system."""

from typing import TYPE_CHECKING

from dispatch.wiring.resources import Resources

if TYPE_CHECKING:
    from dispatch.adapters.pureservice import Pureservice


def open_pureservice(resources: Resources, *, patience_seconds: float = 5.0) -> "Pureservice":
    """The ticket system; ``patience_seconds`` is how long one call may wait for the budget of requests."""
    from dispatch.adapters.pureservice import Pureservice

    s = resources.settings
    return resources.kept(
        Pureservice(
            url=s.pureservice_url,
            api_key=s.pureservice_apikey.get_secret_value(),
            prefix=s.pureservice_prefix,
            auth_scheme=s.pureservice_auth_scheme,
            message_type_name=s.pureservice_dispatch_commtype_name,
            list_asset_type=s.pureservice_dispatch_list_assetname,
            list_inactive=s.list_inactive_names,
            link_to_company=s.pureservice_dispatch_link_to_company,
            link_to_user=s.pureservice_dispatch_link_to_user,
            link_to_ticket=s.pureservice_dispatch_link_to_ticket,
            requests_per_minute=s.pureservice_requests_per_minute,
            timeout_seconds=min(90.0, resources.deadline),
            patience_seconds=patience_seconds,
        )
    )
