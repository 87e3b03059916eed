"""What DNS says of the sender's domain: SPF, DKIM and DMARC, which receivers ask of whoever writes to many.

Where DNS doesn't answer, nothing is said to be wrong.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from functools import partial

from dispatch.core import Transport
from dispatch.ports import Check, Trouble, Words
from dispatch.settings import Settings
from dispatch.wiring import Resources

Look = Callable[[str], Awaitable[list[str]]]
"""The TXT records of a name, none where there are none. Raises ``OSError`` where DNS doesn't answer."""

RESERVED = ("example", "test", "invalid", "localhost", "local")
SELECTORS = (
    *("selector1", "selector2", "default", "dkim", "mail", "s1", "s2", "k1", "k2", "google", "mandrill"),
    *("selector1-azurecomm-prod-net", "selector2-azurecomm-prod-net"),
)
MICROSOFT = "spf.protection.outlook.com"
_SECONDS = 5.0


def sender_domain_checks(resources: Resources, *, look: Look | None = None) -> Sequence[Check]:
    """Three look-ups for each domain that letters are from; none for one that is reserved for examples."""
    ask = look or look_up
    return [
        check if not number else replace(check, name=f"{check.name}_{number + 1}")
        for number, (domain, by_microsoft) in enumerate(_domains(resources.settings).items())
        for check in _of(domain, ask, by_microsoft=by_microsoft)
    ]


def _domains(settings: Settings) -> dict[str, bool]:
    """Those that letters of some transport are from, and whether Exchange Online sends for them."""
    by_microsoft = Transport.GRAPH in settings.transports
    own = dict.fromkeys(settings.sender_by(transport) for transport in settings.transports)
    follows = bool(settings.pool) and settings.mail_senders_from == "mailbox"
    mailboxes = [member.address for member in settings.pool] if follows else [settings.mail_from_address]
    addresses = dict.fromkeys(mailboxes, by_microsoft) if "" in own else {}
    addresses = {**dict.fromkeys(filter(None, own), False), **addresses}
    domains = {address.rpartition("@")[2].lower(): microsoft for address, microsoft in addresses.items()}
    return {domain: microsoft for domain, microsoft in domains.items() if domain.rpartition(".")[2] not in RESERVED}


def _of(domain: str, ask: Look, *, by_microsoft: bool) -> list[Check]:
    return [
        _check("spf", partial(_asked, partial(spf, domain, ask, by_microsoft=by_microsoft), domain), SPF),
        _check("dkim", partial(_asked, partial(dkim, domain, ask), domain), DKIM),
        _check("dmarc", partial(_asked, partial(dmarc, domain, ask), domain), DMARC),
    ]


async def look_up(name: str, *, server: tuple[str, int] | None = None) -> list[str]:
    """The TXT records of a name, by the system's resolver or by the server that is given."""
    import dns.asyncresolver
    from dns.exception import DNSException
    from dns.resolver import NXDOMAIN, NoAnswer

    try:
        resolver = dns.asyncresolver.Resolver(configure=server is None)
        if server is not None:
            resolver.nameservers, resolver.port = [server[0]], server[1]
        answer = await resolver.resolve(name, "TXT", lifetime=_SECONDS, search=False)
    except (NXDOMAIN, NoAnswer):
        return []
    except DNSException as error:
        raise OSError(type(error).__name__) from error
    return [b"".join(record.strings).decode("utf-8", "replace") for record in answer]


# --- what is asked


async def spf(domain: str, look: Look, *, by_microsoft: bool) -> Trouble | None:
    """Which hosts may send for the domain: one record, which doesn't let everybody."""
    found = [text for text in await look(domain) if text.lower().split(" ")[0] == "v=spf1"]
    if not found:
        return Trouble(f"{domain} har ingen SPF-post (v=spf1)", f"{domain} has no SPF record (v=spf1)")
    if len(found) > 1:
        return Trouble(
            f"{domain} har {len(found)} SPF-poster, og da gjelder ingen", f"{domain} has {len(found)} SPF records: none"
        )
    terms = found[0].lower().split()
    if "+all" in terms or "all" in terms:
        return Trouble(f"SPF for {domain} lar alle sende (+all)", f"SPF of {domain} lets everybody send (+all)")
    if by_microsoft and not any(MICROSOFT in term or term.startswith("redirect=") for term in terms):
        wanted = f"include:{MICROSOFT}"
        return Trouble(f"SPF for {domain} nevner ikke {wanted}", f"SPF of {domain} doesn't name {wanted}", fails=False)
    return None


async def dkim(domain: str, look: Look) -> Trouble | None:
    """Whether there is a key. Its name is known to whoever signs: only usual ones can be asked for."""
    for selector in SELECTORS:
        keys = [text for text in await look(f"{selector}._domainkey.{domain}") if "p=" in text]
        if any(not text.replace(" ", "").rstrip(";").endswith("p=") for text in keys):
            return None
    return Trouble(
        f"fant ingen DKIM-nøkkel for {domain} under de vanlige navnene",
        f"found no DKIM key of {domain} under the usual names",
        fails=False,
    )


async def dmarc(domain: str, look: Look) -> Trouble | None:
    """What receivers shall do with letters that aren't ours: asked of the domain, then of those above it."""
    labels = domain.split(".")
    for start in range(len(labels) - 1):
        asked = ".".join(labels[start:])
        found = [text for text in await look(f"_dmarc.{asked}") if text.lower().startswith("v=dmarc1")]
        if len(found) > 1:
            return Trouble(f"{asked} har flere DMARC-poster", f"{asked} has more than one DMARC record")
        if found:
            return None
    return Trouble(f"{domain} har ingen DMARC-post (_dmarc)", f"{domain} has no DMARC record (_dmarc)")


# --- how it is said


async def _asked(ask: Callable[[], Awaitable[Trouble | None]], domain: str) -> Trouble | None:
    try:
        return await ask()
    except OSError:
        return Trouble(f"DNS svarte ikke om {domain}", f"DNS didn't answer about {domain}", fails=False)


SPF = (
    Words(
        "Avsenderens domene: SPF",
        "Be den som styrer DNS, om én TXT-post på domenet (v=spf1 …) som nevner Microsoft 365 og SMTP-serveren.",
    ),
    Words(
        "The sender's domain: SPF",
        "Have one TXT record at the domain (v=spf1 …) that names whoever sends: Microsoft 365 and the SMTP server.",
    ),
)
DKIM = (
    Words(
        "Avsenderens domene: DKIM",
        "Slå på DKIM der e-posten går ut (Microsoft 365: Defender, e-postautentisering), og legg nøkkelen i DNS.",
    ),
    Words(
        "The sender's domain: DKIM",
        "Switch DKIM on where the mail leaves (Microsoft 365: Defender, email authentication), and put its key in DNS.",
    ),
)
DMARC = (
    Words(
        "Avsenderens domene: DMARC",
        "Legg en TXT-post på _dmarc.domenet, som v=DMARC1; p=quarantine. Gmail, Yahoo og Microsoft krever den.",
    ),
    Words(
        "The sender's domain: DMARC",
        "Put a TXT record at _dmarc.domain, such as v=DMARC1; p=quarantine: Gmail, Yahoo and Microsoft demand it.",
    ),
)


def _check(name: str, ask: Callable[[], Awaitable[Trouble | None]], words: tuple[Words, Words]) -> Check:
    return Check(name=name, ask=ask, nb=words[0], en=words[1])
