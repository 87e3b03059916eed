"""Whom a refusal is about: us, or the one that was written to.

What a server says of our host, domain or mailbox it would say to every recipient. The enhanced code decides where it
is one of those that mean only one thing; else the words do, without the addresses that they repeat.
"""

import re

_RFC_7372 = {f"7.{number}" for number in range(20, 30)}  # DKIM, SPF, reverse DNS, several of them, flood, ARC
_EXCHANGE_BANNED = {f"7.{number}" for number in range(606, 651)}  # the sending IP is banned, or has no reputation
_EXCHANGE_SENDER = {f"7.{number}" for number in (*range(500, 512), 513, 515)}  # the sender, its domain or its host

CODES = frozenset(
    {
        "1.7",  # the sender's address is not accepted
        "1.8",  # Exchange: the sender is blocked
        "1.90",  # Exchange: the mailbox has used up its quota of the day
        "2.252",  # Exchange: may not send as this sender
        "7.8",  # the credentials are not accepted
        "7.9",  # the way of signing in is too weak
        "7.11",  # only under TLS
        "7.13",  # our account is disabled
        "7.54",  # Exchange: no relay
        "7.57",  # Exchange: not signed in
        "7.60",  # Exchange: may not send as this sender
        "7.64",  # Exchange: relay of a tenant that is not known
        "7.232",  # Exchange: the trial tenant's quota of external recipients
        "7.233",  # Exchange: the tenant's quota of external recipients
        "7.700",  # Exchange: the tenant is blocked
        "7.705",  # Exchange: the tenant is blocked
        "7.708",  # Exchange: traffic from this address is not accepted
        "7.750",  # Exchange: an unregistered domain sends too much
        *_RFC_7372,
        *_EXCHANGE_BANNED,
        *_EXCHANGE_SENDER,
    }
)
ADDRESS = frozenset({"1.1", "1.2", "1.3", "1.4", "1.6", "1.10", "2.1", "2.2"})  # these speak of the recipient alone

_WORDS = re.compile(
    r"""
    SubmissionQuotaExceeded | \brelay(?:ing)?\b
    | \b(?:RBL|DNS[BW]L|spamhaus|spamcop|sorbs|barracuda\w*|senderscore|talos|rspamd|abuseat|uceprotect\w*)\b
    | \b(?:block|black|deny|banned)[ -]?list | \bblocked\ (?:using|by\ rbl|for\ (?:abuse|spam))
    | (?:\d\]?|\bis|\bare|\bbeen|\bcurrently|\bip|\bhost|\baddress)\ listed\ (?:in|at|by|on)\b
    | \b(?:banned|blocked)\ (?:sending|sender|ip|host|network)\b
    | \b(?:client|sending|sender|connecting|source|originating|your)(?:'s)?
      \ (?:ip|host(?:name)?|server|mta|network|domain|mailbox|account|organi[sz]ation|tenant|mail\ ?server)\b
    | \bsender\ (?:address|policy|verif\w+|not\ authori[sz]ed) | \bsender\ (?:is\ )?(?:denied|blocked|banned|rejected)\b
    | \b(?:SPF|DKIM|DMARC)\b | \b(?:un|not\ )authenticated\b | \bauthentication\ (?:required|checks?|information)\b
    | \breverse\ (?:DNS|host\w*|lookup|mapping) | \b(?:rDNS|PTR|HELO|EHLO)\b | \bcannot\ find\ your\b | \breputation\b
    | \bIP(?:\ address)?\ \[?\d
    """,
    re.IGNORECASE | re.VERBOSE,
)
_GREYLIST = re.compile(r"gr[ae]y-?\s?list|postgrey", re.IGNORECASE)
_RATE = re.compile(
    r"\btoo\ (?:many|much|fast)\b | \brate\b | \bconcurrent\b | \bthrottl | \bconnections?\ (?:limit|count) | \bflood"
    r" | \bmaximum\ number\ of\ connections",
    re.IGNORECASE | re.VERBOSE,
)
_FULL = re.compile(r"\b(?:full|over ?quota|quota exceeded)\b", re.IGNORECASE)  # a mailbox, and not ours
_LONGEST = 2000


def without_addresses(text: str) -> str:
    """The words of a reply: what it repeats of an address must not decide anything."""
    return " ".join(word for word in text[:_LONGEST].split() if "@" not in word)


def is_about_us(subject: str, text: str) -> bool:
    """Whether the refusal would meet every recipient of ours. ``subject`` is the enhanced code without its class."""
    if subject in CODES:
        return True
    if _FULL.search(text[:_LONGEST]):
        return False
    return subject not in ADDRESS and _WORDS.search(without_addresses(text)) is not None


def is_greylisting(text: str) -> bool:
    """Whether the server wants this recipient's letter again later."""
    return _GREYLIST.search(without_addresses(text)) is not None


def is_rate(subject: str, text: str) -> bool:
    """Whether the server finds that we come too often, or on too many connections; a mailbox can find so as well."""
    return subject not in ADDRESS and _RATE.search(without_addresses(text)) is not None
