"""Why something could not be asked, read from the whole chain of errors, and the setting that says so.

What an adapter raises tells its caller what to do next; whoever runs the doctor wants to know what happened below.
"""

import re
import socket
import ssl
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from dispatch.core import Language
from dispatch.doctor.passing import passing
from dispatch.ports import Places, Remedy, Trouble

HOSTNAME_MISMATCH, ADDRESS_MISMATCH, HAS_EXPIRED = 62, 64, 10  # OpenSSL's verify codes
_REFUSED_SIGN_IN = re.compile(r"53[0458]\b")  # SMTP: RFC 4954
_ENTRA = re.compile(r"AADSTS(\d+)")
UNAUTHORISED, FORBIDDEN = 401, 403


class Cause(NamedTuple):
    """What is said of one cause; the remedy names a setting by its place."""

    nb: str
    en: str
    remedy: Remedy


NO_HOST = Cause(
    "vertsnavnet finnes ikke", "there is no host of that name",
    Remedy("Rett vertsnavnet i {address}.", "Fix the host's name in {address}."),
)  # fmt: skip
REFUSED = Cause(
    "kan ikke koble til: ingen tar imot der", "can't connect: nothing listens there",
    Remedy(
        "Start tjenesten, eller rett adresse og port i {place}.",
        "Start the service, or fix address and port in {place}.",
    ),
)  # fmt: skip
SILENT = Cause(
    "kan ikke koble til, eller får ikke svar i tide", "can't connect, or no answer in time",
    Remedy(
        "Kontroller at brannmuren slipper oss ut, at tjenesten er i drift, og at {address} er rett.",
        "Check that the firewall lets us out, that the service runs, and that {address} is right.",
    ),
)  # fmt: skip
TLS_NAME = Cause(
    "sertifikatet gjelder et annet navn enn det vi kobler til", "the certificate is for another name than we connect to",
    Remedy("Skriv navnet som står i sertifikatet, i {address}.", "Write the certificate's name in {address}."),
)  # fmt: skip
TLS_AUTHORITY = Cause(
    "sertifikatet er utstedt av noen vi ikke kjenner", "the certificate is from an unknown authority",
    Remedy(
        "Legg utstederens sertifikat i en fil, og sett {authority} til den.",
        "Put the authority's certificate in a file, and set {authority} to it.",
    ),
)  # fmt: skip
TLS_FOREIGN = Cause(
    TLS_AUTHORITY.nb, TLS_AUTHORITY.en,
    Remedy(
        "Be den som drifter serveren om et sertifikat fra en vanlig utsteder, eller rett {address}.",
        "Have the server get a certificate from a usual authority, or fix {address}.",
    ),
)  # fmt: skip
TLS_EXPIRED = Cause(
    "sertifikatet er gått ut", "the certificate has run out",
    Remedy(
        "Be den som drifter serveren i {address}, om å fornye det.", "Have it renewed by whoever runs what {address} names."
    ),
)  # fmt: skip
NO_TLS = Cause(
    "serveren svarer ikke med TLS", "the server doesn't speak TLS",
    Remedy(
        "Rett porten eller krypteringen: MAIL_PORT og MAIL_ENCRYPTION for SMTP, ellers https i {address}.",
        "Fix port or encryption: MAIL_PORT and MAIL_ENCRYPTION of SMTP, else https in {address}.",
    ),
)  # fmt: skip
NO_STARTTLS = Cause(
    "serveren tilbyr ikke STARTTLS", "the server doesn't offer STARTTLS",
    Remedy(
        "Sett MAIL_ENCRYPTION til ssl med porten for det (465), eller til none for et internt relé; eller rett MAIL_PORT.",
        "Set MAIL_ENCRYPTION to ssl with its port (465), or to none for an internal relay; or fix MAIL_PORT.",
    ),
)  # fmt: skip
NO_AUTH = Cause(
    "serveren tilbyr ingen innlogging", "the server offers no sign-in",
    Remedy(
        "Tøm MAIL_USERNAME eller sett MAIL_AUTH til none for et relé uten innlogging; ellers rett MAIL_PORT eller MAIL_ENCRYPTION.",
        "Empty MAIL_USERNAME or set MAIL_AUTH to none for a relay without sign-in; else fix MAIL_PORT or MAIL_ENCRYPTION.",
    ),
)  # fmt: skip
PLAIN_SECRET = Cause(
    "passordet ville gått ukryptert", "the password would go unencrypted",
    Remedy(
        "Sett MAIL_ENCRYPTION til tls eller ssl, eller fjern MAIL_USERNAME.",
        "Set MAIL_ENCRYPTION to tls or ssl, or remove MAIL_USERNAME.",
    ),
)  # fmt: skip
SIGN_IN = Cause(
    "innloggingen ble avvist ({code})", "the sign-in was refused ({code})",
    Remedy("Rett eller forny {identity}.", "Fix or renew {identity}."),
)  # fmt: skip
NO_IDENTITY = Cause(
    "det er ingen administrert identitet her", "there is no managed identity here",
    Remedy(
        "Slå på identiteten (AZURE_CLIENT_ID), eller sett MICROSOFT_GRAPH_CLIENT_ID, _SECRET og _TENANT_ID. Den finnes bare i Azure.",
        "Switch the identity on (AZURE_CLIENT_ID), or set MICROSOFT_GRAPH_CLIENT_ID, _SECRET and _TENANT_ID. It is in Azure only.",
    ),
)  # fmt: skip
ENTRA: Mapping[str, tuple[str, str, str]] = {
    "90002": ("leietakeren finnes ikke", "there is no such tenant", "MICROSOFT_GRAPH_TENANT_ID"),
    "900023": ("leietakeren finnes ikke", "there is no such tenant", "MICROSOFT_GRAPH_TENANT_ID"),
    "700016": ("appen finnes ikke hos leietakeren", "the tenant has no such app", "MICROSOFT_GRAPH_CLIENT_ID"),
    "7000215": ("hemmeligheten er feil", "the secret is wrong", "MICROSOFT_GRAPH_CLIENT_SECRET"),
    "7000222": ("hemmeligheten er gått ut", "the secret has run out", "MICROSOFT_GRAPH_CLIENT_SECRET"),
}


NEED_AN_ADDRESS = frozenset({NO_HOST, REFUSED, SILENT, TLS_NAME, TLS_AUTHORITY, TLS_FOREIGN, TLS_EXPIRED, NO_TLS})


def cause_of(error: BaseException, places: Places) -> Trouble | None:
    """What happened, where it is something that is known; None where the error's own words must do."""
    chain = list(_chain(error))
    if found := _by_sign_in(chain, places):
        return found
    cause = next((cause for each in chain if (cause := _known(each, places))), None)
    if cause is None:
        return passing(chain, places)
    if cause in NEED_AN_ADDRESS and not places.address:
        return Trouble(cause.nb, cause.en)
    return trouble_of(cause, places)


def told(error: BaseException, places: Places, language: Language) -> str:
    """What happened and what to do, as the doctor says it; empty where it is nothing known."""
    trouble = cause_of(error, places)
    if trouble is None or trouble.remedy is None:
        return ""
    return f"{trouble.said(language)}. {trouble.remedy.nb if language == 'nb' else trouble.remedy.en}"


def trouble_of(cause: Cause, places: Places, *, code: str = "") -> Trouble:
    """The cause with the settings of this check."""
    place = " / ".join(filter(None, (places.address, places.port)))
    values = {**places._asdict(), "place": place, "code": code}
    nb, en = (text.format(**values) for text in cause.remedy)
    root = places.address if cause in NEED_AN_ADDRESS else ""
    return Trouble(cause.nb.format(**values), cause.en.format(**values), remedy=Remedy(nb, en), root=root)


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error and all below it, the deepest first: that is what happened."""
    below: list[BaseException] = []
    if isinstance(error, BaseExceptionGroup):
        below = list(error.exceptions)
    elif error.__cause__ is not None:
        below = [error.__cause__]
    elif error.__context__ is not None:  # also where it is hidden: the HTTP library hides what the socket said
        below = [error.__context__]
    for each in below:
        yield from _chain(each)
    yield error


def _by_sign_in(chain: list[BaseException], places: Places) -> Trouble | None:
    text = " ".join(str(each) for each in chain)
    for number in _ENTRA.findall(text):
        if number in ENTRA:
            nb, en, setting = ENTRA[number]
            remedy = Remedy(f"Rett eller forny {setting}.", f"Fix or renew {setting}.")
            return Trouble(f"AADSTS{number}: {nb}", f"AADSTS{number}: {en}", remedy=remedy)
    for each in chain:
        code = _refusal(each)
        if code and places.identity:
            return trouble_of(SIGN_IN, places, code=code)
    return None


def _refusal(error: BaseException) -> str:
    """The code of a refused sign-in."""
    status = getattr(error, "status", 0)
    if status in (UNAUTHORISED, FORBIDDEN):
        return str(status)
    code = str(getattr(error, "code", "") or "")
    return code if _REFUSED_SIGN_IN.match(code) or code.startswith(str(UNAUTHORISED)) else ""


def _known(error: BaseException, places: Places) -> Cause | None:
    if isinstance(error, socket.gaierror):
        return NO_HOST
    if isinstance(error, ssl.SSLCertVerificationError):
        return _certificate(error, places)
    if isinstance(error, ssl.SSLError):
        return NO_TLS
    if isinstance(error, ConnectionRefusedError):
        return REFUSED
    kind, said = type(error).__name__, str(error)
    if isinstance(error, TimeoutError) or "Timeout" in kind:
        return SILENT
    if kind == "CredentialUnavailableError":
        return NO_IDENTITY
    if getattr(error, "code", "") == "AuthWithoutTls":
        return PLAIN_SECRET
    return _not_offered(said)


def _not_offered(said: str) -> Cause | None:
    """What the mail server lacks. The client advises STARTTLS where it is sign-in that is lacking."""
    if "AUTH extension is not supported" in said:
        return NO_AUTH
    return NO_STARTTLS if "STARTTLS" in said and "not supported" in said else None


def _certificate(error: ssl.SSLCertVerificationError, places: Places) -> Cause:
    if error.verify_code in (HOSTNAME_MISMATCH, ADDRESS_MISMATCH):
        return TLS_NAME
    if error.verify_code == HAS_EXPIRED:
        return TLS_EXPIRED
    return TLS_AUTHORITY if places.authority else TLS_FOREIGN
