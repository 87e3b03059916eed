"""A Django project in one file, for the two queues that are measured."""

from pathlib import Path
from typing import Any

import django
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.core.management import call_command

from bench.letters import SENDER, SENDER_NAME, the_letter


def set_up(spec: dict[str, Any], app: str, **more: Any) -> None:
    """Configures Django with SQLite in a file; ``fresh`` makes the tables."""
    database = Path(spec["database"])
    settings.configure(
        SECRET_KEY="bench",
        USE_TZ=True,
        INSTALLED_APPS=["django.contrib.contenttypes", app],
        DATABASES={
            "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": str(database), "OPTIONS": {"timeout": 60}}
        },
        EMAIL_HOST=spec["host"],
        EMAIL_PORT=spec["port"],
        EMAIL_HOST_USER=spec["username"],
        EMAIL_HOST_PASSWORD=spec["password"],
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        **more,
    )
    django.setup()
    if spec["fresh"]:
        database.parent.mkdir(parents=True, exist_ok=True)
        call_command("migrate", verbosity=0)


def messages(spec: dict[str, Any]) -> list[EmailMultiAlternatives]:
    """One message a recipient, as an application would hand them over."""
    letter = the_letter()
    made = []
    for address, name in spec["recipients"]:
        message = EmailMultiAlternatives(
            letter.subject, letter.text, f"{SENDER_NAME} <{SENDER}>", [f"{name} <{address}>"]
        )
        message.attach_alternative(letter.html, "text/html")
        made.append(message)
    return made
