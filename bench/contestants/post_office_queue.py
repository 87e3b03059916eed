"""django-post-office: the letters are put in its queue, and its worker sends them until the queue is empty."""

from bench.contestants.django_base import set_up
from bench.letters import SENDER, SENDER_NAME, the_letter
from bench.processes import Stopwatch, specification


def main() -> None:
    """As ``plain_loop``, and ``{"database", "fresh"}``; without ``fresh`` what is left in the queue is sent."""
    spec = specification()
    set_up(
        spec,
        "post_office",
        TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates"}],
        POST_OFFICE={"LOCK_FILE_NAME": "bench_post_office"},
    )
    from post_office import mail

    watch = Stopwatch()
    if spec["fresh"]:
        letter = the_letter()
        mail.send_many(
            [
                {
                    "recipients": [f"{name} <{address}>"],
                    "sender": f"{SENDER_NAME} <{SENDER}>",
                    "subject": letter.subject,
                    "message": letter.text,
                    "html_message": letter.html,
                }
                for address, name in spec["recipients"]
            ]
        )
    mail.send_queued_mail_until_done()
    watch.report()


if __name__ == "__main__":
    main()
