"""Where a letter's links lead: addresses that work from anywhere, which those on a page of the sender's own do not."""

_SCHEMES = ("https://", "http://", "mailto:", "tel:", "sms:")
_LONGEST = 2000  # characters; longer ones are cut or refused by what opens them


def link_of(href: str) -> str:
    """The address as it can be opened on its own; empty where it can't be."""
    plain = "".join(href.split("\n")).replace("\t", "").strip().replace(" ", "%20")
    if plain.startswith("//"):
        plain = f"https:{plain}"
    scheme = next((known for known in _SCHEMES if plain.lower().startswith(known)), "")
    return plain if scheme and len(scheme) < len(plain) <= _LONGEST else ""


def shown(to: str) -> str:
    """The address as a person would write it."""
    scheme, _, rest = to.partition(":")
    return rest if scheme.lower() in {"mailto", "tel", "sms"} else to
