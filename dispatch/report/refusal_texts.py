"""What nothing taking our letters is about, in Norwegian: what is wrong, and what the operator is to do.

Page and notes say the same, and never that it is a recipient's fault.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from dispatch.core import Refusal, for_every

MAIL, EXCHANGE = "E-postsystemet", "eFormidling"


@dataclass(frozen=True, slots=True)
class RefusalText:
    """What is wrong, as sentences, and what to do about it."""

    what: str
    remedy: str


_REFUSALS: Mapping[Refusal, tuple[str, str]] = for_every(
    Refusal,
    {
        Refusal.OUT_OF_REACH: (
            "{system} kan ikke nås, eller tar ikke imot noe nå.",
            "Den som drifter løsningen, må sørge for at {it} svarer og tar imot igjen.",
        ),
        Refusal.US: (
            "{system} avviser oss, likt for alle mottakerne. Feilen er vår, ikke mottakernes.",
            "Den som drifter løsningen, må rette det som avvises, for eksempel passord, tilgang, avsenderdomene (SPF, "
            "DKIM) eller en oppføring på en svarteliste.",
        ),
        Refusal.LETTER: (
            "{system} avviser selve meldingen, likt for alle mottakerne.",
            "Den som drifter løsningen, må finne ut hva i meldingen som avvises. Må meldingen endres, må utsendelsen "
            "avsluttes og meldingen sendes fra en ny sak.",
        ),
        Refusal.PURESERVICE: (
            "Pureservice tar ikke imot saker og meldinger fra oss.",
            "Den som drifter løsningen, må se på nøkkelen til Pureservice og hva den har tilgang til.",
        ),
        Refusal.SETTINGS: (
            "Oppsettet stenger veien ut.",
            "Den som drifter løsningen, må se på MAIL_MAILER, MAIL_REDIRECT_TO og EF_IP_URL i oppsettet.",
        ),
    },
)

# An integration point looks at other things than a mail system does.
_OF_EXCHANGE: Mapping[Refusal, str] = MappingProxyType(
    {
        Refusal.US: "Den som drifter løsningen, må rette det som avvises, for eksempel brukernavn, passord, "
        "avsenderens organisasjonsnummer eller tilgangen i integrasjonspunktet."
    }
)


def refusal_text(about: Refusal | None, *, by_exchange: bool = False) -> RefusalText:
    """The words; where nobody noted what it is about, those that hold for most."""
    known = about or Refusal.US
    system = EXCHANGE if by_exchange else MAIL
    what, remedy = _REFUSALS[known]
    if by_exchange:
        remedy = _OF_EXCHANGE.get(known, remedy)
    it = system if by_exchange else system.lower()
    return RefusalText(what.format(system=system, it=it), remedy.format(system=system, it=it))
