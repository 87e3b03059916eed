"""The loop that one writes first: for each recipient a message is composed and sent over one open connection."""

import smtplib
from email.message import EmailMessage
from email.utils import formataddr, formatdate, make_msgid

from bench.letters import SENDER, SENDER_NAME, the_letter
from bench.processes import Stopwatch, specification


def main() -> None:
    """``{"host", "port", "username", "password", "recipients"}``."""
    spec = specification()
    letter = the_letter()
    with smtplib.SMTP(spec["host"], spec["port"]) as client:
        client.login(spec["username"], spec["password"])
        watch = Stopwatch()
        for address, name in spec["recipients"]:
            message = EmailMessage()
            message["Subject"] = letter.subject
            message["From"] = formataddr((SENDER_NAME, SENDER))
            message["To"] = formataddr((name, address))
            message["Date"] = formatdate()
            message["Message-ID"] = make_msgid(domain="plain.example")
            message.set_content(letter.text)
            message.add_alternative(letter.html, subtype="html")
            client.send_message(message)
        watch.report()


if __name__ == "__main__":
    main()
