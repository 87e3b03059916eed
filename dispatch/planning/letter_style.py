"""How the sender's letters look: from the settings, and the template and logo that the store has for them."""

import mimetypes

from dispatch.core import BadConfiguration, Part
from dispatch.mail import LetterStyle
from dispatch.ports import ContentStore
from dispatch.settings import Settings


async def letter_style(settings: Settings, templates: ContentStore) -> LetterStyle:
    """The style of every letter.

    Raises:
        BadConfiguration: the store lacks the template or the logo, or the template is no text.
    """
    logo, url = None, ""
    if settings.mail_logo.startswith("https://"):
        url = settings.mail_logo
    elif settings.mail_logo:
        kind = mimetypes.guess_type(settings.mail_logo)[0] or "application/octet-stream"
        logo = Part(settings.mail_logo, kind, await _stored("MAIL_LOGO", settings.mail_logo, templates))
    template = None
    if settings.mail_template:
        template = _text(await _stored("MAIL_TEMPLATE", settings.mail_template, templates))
    return LetterStyle(
        organisation=settings.mail_organisation or settings.mail_from_name,
        logo=logo,
        logo_url=url,
        footer=settings.mail_footer,
        template=template,
    )


def _text(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadConfiguration(["MAIL_TEMPLATE: the file is no text in UTF-8"]) from error


async def _stored(setting: str, name: str, templates: ContentStore) -> bytes:
    content = await templates.get(name)
    if content is None:
        raise BadConfiguration([f"{setting}: there is no blob named {name} in the templates container"])
    return content
