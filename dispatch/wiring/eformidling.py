"""Opens the integration point of eFormidling."""

from typing import TYPE_CHECKING

from dispatch.typesetting import set_letter
from dispatch.wiring.resources import Resources, now

if TYPE_CHECKING:
    from dispatch.adapters.eformidling import EformidlingExchange
    from dispatch.sending import EformidlingTransport


def open_exchange(resources: Resources) -> "EformidlingExchange":
    """The integration point of eFormidling."""
    from dispatch.adapters.eformidling import EformidlingExchange, api_base

    s = resources.settings
    return resources.kept(
        EformidlingExchange(
            base_url=api_base(s.ef_ip_url, s.ef_ip_prefix),
            auth=s.ef_ip_auth,
            username=s.ef_ip_user,
            password=s.ef_ip_password.get_secret_value(),
            sender=s.ef_self_id,
            sender_name=s.ef_self_name or s.mail_organisation or s.mail_from_name,
            sender_address=s.ef_self_address,
            sender_postcode=s.ef_self_postcode,
            sender_city=s.ef_self_city,
            system_name=s.ef_system_name,
            system_id=s.ef_system_id,
            process=s.ef_message_process,
            message_type=s.ef_message_type,
            standard=s.ef_message_standard,
            security_level=int(s.ef_security_level),
            enabled_services=s.ef_enabled_services,
            max_bytes=s.ef_max_message_mb * 1024 * 1024,
            ca_file=s.ef_ip_ca_file,
            clock=now,
            # Everything before the sending, and the sending itself, within the lease.
            submit_seconds=resources.deadline / 2,
            timeout_seconds=min(90.0, resources.deadline / 2),
        )
    )


def open_exchange_transport(resources: Resources) -> "EformidlingTransport | None":
    """EFormidling as a transport, where it is set up."""
    from dispatch.sending import EformidlingTransport

    s = resources.settings
    if not s.ef_ip_url:
        return None
    return EformidlingTransport(open_exchange(resources), s, typesetter=set_letter)
