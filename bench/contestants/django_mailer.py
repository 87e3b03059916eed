"""django-mailer: the letters are put in its queue, and its worker sends them until the queue is empty."""

from pathlib import Path

from bench.contestants.django_base import messages, set_up
from bench.processes import Stopwatch, specification


def main() -> None:
    """As ``post_office_queue``."""
    spec = specification()
    lock = Path(spec["database"]).with_suffix(".lock-file")
    set_up(spec, "mailer", EMAIL_BACKEND="mailer.backend.DbBackend", MAILER_LOCK_PATH=str(lock))
    from django.core.mail import get_connection
    from mailer.engine import send_all

    if not spec["fresh"]:
        # What a person would do: the lock of the process that died stands in the way for ever.
        for left in lock.parent.glob(f"{lock.name}*"):
            left.unlink()
    watch = Stopwatch()
    if spec["fresh"]:
        get_connection().send_messages(messages(spec))
    send_all()
    watch.report()


if __name__ == "__main__":
    main()
