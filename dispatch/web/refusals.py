"""What is answered where nothing else is: to those who don't get in, and when something is wrong."""

from collections.abc import Sequence
from dataclasses import dataclass

from dispatch.settings import Settings
from dispatch.web import view
from dispatch.web.access import Principal, Shut
from dispatch.web.http import Answer, Request, as_json, page, plain_page


@dataclass(frozen=True, slots=True)
class Fault:
    """What is said instead of a page: ``code`` for programs, the rest for people."""

    status: int
    code: str
    heading: str
    sentences: Sequence[str]


UNKNOWN = Fault(404, "not_found", "Fant ikke siden", ["Det er ingenting på denne adressen."])
WRONG_METHOD = Fault(405, "method_not_allowed", "Slik kan ikke siden brukes", ["Gå tilbake, og prøv på nytt."])
FOREIGN = Fault(
    403,
    "foreign_form",
    "Knappen virket ikke",
    [
        "Siden du trykket på, var for gammel, eller den kom ikke herfra. Ingenting er endret.",
        "Gå tilbake til utsendelsen, og trykk på nytt.",
    ],
)
NO_PURESERVICE = Fault(
    502, "pureservice", "Pureservice svarer ikke", ["Ingenting er endret. Vent litt, og prøv på nytt."]
)
NO_STORAGE = Fault(
    503,
    "storage",
    "Lageret svarer ikke",
    [
        "Siden kan ikke vises nå, og utsendelsene står stille så lenge lageret ikke svarer. De fortsetter automatisk, "
        "og ingen får meldingen to ganger.",
        "Vent litt, og prøv på nytt. Varer det, må den som drifter løsningen se på det.",
    ],
)
CHANGED = Fault(
    409,
    "changed",
    "Utsendelsen ble endret samtidig",
    ["Det kan være deg selv i et annet vindu, eller noen andre. Se hvordan den står nå før du prøver igjen."],
)
BROKEN_SETTINGS = Fault(
    503,
    "settings",
    "Oppsettet er ikke i orden",
    ["Si fra til den som drifter løsningen. Kommandoen «doctor» sier hva som er galt."],
)


def not_allowed(problems: Sequence[str]) -> Fault:
    """The dispatch's state does not allow it."""
    return Fault(409, "not_allowed", "Det går ikke nå", problems)


def half_done(sentences: Sequence[str]) -> Fault:
    """The outside failed in the middle of a press."""
    return Fault(502, "half_done", "Det kom bare halvveis", sentences)


def bad_query(what: str) -> Fault:
    """A parameter of the API has no meaning."""
    return Fault(400, "bad_query", "Ugyldig adresse", [what])


def shut(why: Shut, settings: Settings) -> Fault:
    """Why somebody does not get in, and what to do about it."""
    match why:
        case Shut.OFF:
            return Fault(
                403,
                "page_off",
                "Statussiden er slått av",
                [
                    "Siden vises bare for dem som er logget inn, og innlogging er ikke slått på for denne løsningen.",
                    "Den som drifter løsningen, kan slå den på. Hvert steg står i docs/deployment.md, under "
                    "«The status page».",
                ],
            )
        case Shut.NOBODY:
            return Fault(
                401, "not_signed_in", "Du er ikke logget inn", ["Logg inn med jobbkontoen din, og prøv igjen."]
            )
        case Shut.NO_RIGHT:
            return Fault(403, "no_right", "Du har ikke tilgang", [_needed(settings), "Ingenting er endret."])


def _needed(settings: Settings) -> str:
    role = f"For å se utsendelsene må du ha rollen «{settings.web_allowed_role}»"
    group = " eller være med i gruppen som har tilgang" if settings.web_allowed_group else ""
    return f"{role}{group}. Be den som drifter løsningen om det."


def answer_to(
    fault: Fault, request: Request, principal: Principal | None, *, to_program: bool, key: str = ""
) -> Answer:
    """The fault as a page with a way back to the dispatch of the key, or as JSON.

    Who is not let in gets a page that asks for no other file.
    """
    if to_program:
        error = {"code": fault.code, "message": " ".join(fault.sentences)}
        return as_json({"error": error}, fault.status)
    if principal is None:
        from markupsafe import Markup

        css = view.asset("stil.css").decode()
        html = view.render("alene.html", request, None, fault=fault, css=Markup(css))  # noqa: S704 - a file of ours
        return plain_page(html, css, fault.status)
    return page(view.render("feil.html", request, principal, fault=fault, key=key), fault.status)
