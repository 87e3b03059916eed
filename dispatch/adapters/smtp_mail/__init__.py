"""SMTP as a mail transport.

``transport`` is what the verbs use, ``pool`` its connections; ``connection`` is one conversation with the server;
``replies`` says what a reply means at each stage of it.
"""

from dispatch.adapters.smtp_mail.transport import SmtpMail

__all__ = ["SmtpMail"]
