"""Names under which mail servers write to people."""

MAIL_SERVERS = frozenset(
    {
        "mailer-daemon",
        "mailerdaemon",
        "mail-daemon",
        "postmaster",
        "microsoftexchange329e71ec88ae4615bbc36ab6ce41109e",  # Exchange, in every tenant
    }
)


def is_mail_server(address: str) -> bool:
    """Whether a mail server writes under that address."""
    return address.strip().partition("@")[0].casefold() in MAIL_SERVERS
