"""The letters: one is composed as for a recipient, and what would surprise who sends is said."""

from collections.abc import Sequence

from dispatch.core import Letter
from dispatch.doctor.troubles import plain
from dispatch.mail import compose_letter
from dispatch.planning import letter_style
from dispatch.ports import Check, ContentStore, Remedy, Trouble, Words
from dispatch.settings import Settings
from dispatch.wiring import Resources, open_templates

MESSAGE = "<h2>Prøve</h2><p>Skrevet av <b>legen</b>, og sendt til ingen.</p><ul><li>Én</li></ul>"


def letter_checks(resources: Resources) -> Sequence[Check]:
    """Composing needs the store; the other two only the settings."""
    settings, templates = resources.settings, open_templates(resources)

    async def compose() -> Trouble | None:
        return await _composed(settings, templates)

    async def redirect() -> Trouble | None:
        return _redirected(settings.mail_redirect_to)

    async def reply_address() -> Trouble | None:
        return None if settings.mail_replyto_address else NO_REPLY_ADDRESS

    return [
        Check(
            name="letter",
            ask=compose,
            nb=Words(
                "Brev: mal, logo og bunntekst",
                "Legg filen i beholderen templates i lageret, eller rett MAIL_TEMPLATE eller MAIL_LOGO.",
            ),
            en=Words(
                "Letter: template, logo and footer",
                "Put the file in the store's container templates, or fix MAIL_TEMPLATE or MAIL_LOGO.",
            ),
            needs="blob",
        ),
        Check(
            name="redirect",
            ask=redirect,
            nb=Words("Brev: går til mottakerne", "Fjern MAIL_REDIRECT_TO når prøvene er over."),
            en=Words("Letters: go to the recipients", "Remove MAIL_REDIRECT_TO when the trials are over."),
        ),
        Check(
            name="reply_address",
            ask=reply_address,
            nb=Words("Brev: svaradresse", "Sett MAIL_REPLYTO_ADDRESS til adressen som Pureservice leser."),
            en=Words("Letters: reply address", "Set MAIL_REPLYTO_ADDRESS to the address that Pureservice reads."),
        ),
    ]


NO_REPLY_ADDRESS = Trouble(
    "uten svaradresse avvises utsendelser med egen sak per mottaker",
    "without a reply address dispatches with a ticket per recipient are refused",
    fails=False,
)


def _redirected(address: str) -> Trouble | None:
    if not address:
        return None
    return Trouble(
        f"alle brev går til {address} og ingen til mottakerne",
        f"every letter goes to {address} and none to the recipients",
        fails=False,
    )


async def _composed(settings: Settings, templates: ContentStore) -> Trouble | None:
    style = await letter_style(settings, templates)
    letter = compose_letter(
        subject="Prøve",
        request_number=1,
        html=MESSAGE,
        style=style,
        number_template=settings.pureservice_ticket_number_template,
    )
    return _lacking(letter, settings, with_logo=style.logo is not None)


def _lacking(letter: Letter, settings: Settings, *, with_logo: bool) -> Trouble | None:
    """What a recipient would not see of what the settings promise."""
    if letter.problems:
        trouble = plain("; ".join(letter.problems))
        return Trouble(trouble.nb, trouble.en, fails=False)
    if with_logo and not letter.inline:
        return Trouble(
            "malen viser ikke logoen",
            "the template doesn't show the logo",
            fails=False,
            remedy=Remedy(
                "Skriv {{ logo }} i malen, eller fjern MAIL_LOGO.",
                "Write {{ logo }} in the template, or remove MAIL_LOGO.",
            ),
        )
    first = next((line.strip() for line in settings.mail_footer.splitlines() if line.strip()), "")
    if first and " ".join(first.split()) not in " ".join(letter.text.split()):
        return Trouble(
            "malen viser ikke bunnteksten",
            "the template doesn't show the footer",
            fails=False,
            remedy=Remedy(
                "Skriv {{ footer }} i malen, eller fjern MAIL_FOOTER.",
                "Write {{ footer }} in the template, or remove MAIL_FOOTER.",
            ),
        )
    return None
