"""What a recipient's row remembers besides its reason, in the words of the case worker."""

from collections.abc import Mapping
from types import MappingProxyType

from dispatch.core import addresses

_ADDRESSES: Mapping[addresses.Fault, str] = MappingProxyType(
    {
        addresses.Fault.EMPTY: "Det står ingen adresse i feltet",
        addresses.Fault.NO_AT: "Det mangler @, eller det som skal stå foran eller bak",
        addresses.Fault.SEVERAL: "Det står flere adresser i samme felt",
        addresses.Fault.CONTROL: "Det er et linjeskift eller et usynlig tegn midt i adressen",
        addresses.Fault.TEXT_BEFORE: "Det står andre ord foran adressen, eller et mellomrom foran @",
        addresses.Fault.TEXT_AFTER: "Det står andre ord bak adressen, eller et mellomrom bak @",
        addresses.Fault.LOCAL_PART: "Det som står foran @, er ikke gyldig",
        addresses.Fault.UTF8_LOCAL_PART: "Det står æ, ø, å eller et annet særtegn foran @",
        addresses.Fault.DOMAIN: "Det som står bak @, er ikke et gyldig domene",
        addresses.Fault.TOO_LONG: "Adressen er for lang",
    }
)
_DETAILS: Mapping[str, str] = MappingProxyType(
    {
        "found in the mailbox": "Funnet i avsenderens postkasse",
        "the draft was sent": "Utkastet er sendt fra avsenderens postkasse",
        "the worker was lost": "Sendingen ble avbrutt",
        "the end user is disabled": "Sluttbrukeren med denne adressen er deaktivert i Pureservice",
        "no answer from Pureservice": "Pureservice svarte ikke",
        "sent by Pureservice": "Pureservice har registrert meldingen som sendt",
        "the e-mail row says failed": "Pureservice har registrert at e-posten ikke kunne sendes",
        "the e-mail row is open": "Pureservice har ikke registrert om e-posten ble sendt",
        "no e-mail row appeared": "Pureservice har ikke registrert noen utgående e-post",
        **{addresses.detail_of(fault): words for fault, words in _ADDRESSES.items()},
    }
)


def detail_text(detail: str) -> str:
    """A technical detail as it is shown: our own words in Norwegian, a server's answer as it came."""
    return _DETAILS.get(detail, detail)


def detail_words(detail: str) -> str:
    """The detail where it is our own, in Norwegian; a server's answer, with its codes, is for the CSV."""
    return _DETAILS.get(detail, "")
