"""SMTP as a mail transport.

``transport`` is what the verbs use, ``pool`` its connections; ``connection`` is one conversation with the server, in
which ``dialogue`` gives each reply to its question and ``message`` is what is written; ``replies`` says what a reply
means at each stage.
"""

from dispatch.adapters.smtp_mail.dialogue import Dialogue
from dispatch.adapters.smtp_mail.transport import SmtpMail

__all__ = ["Dialogue", "SmtpMail"]
