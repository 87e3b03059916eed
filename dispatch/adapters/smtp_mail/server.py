"""Where the SMTP server is, and how one may speak with it."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

Encryption = Literal["tls", "ssl", "none"]
LOOPBACK = re.compile(r"localhost|127(?:\.\d{1,3}){3}|::1")
IMPLICIT_TLS_PORT = 465


@dataclass(frozen=True, slots=True)
class Server:
    """Where and how to connect."""

    host: str
    port: int
    encryption: Encryption
    username: str
    password: str
    token: Callable[[], Awaitable[str]] | None
    timeout_seconds: float

    @property
    def implicit_tls(self) -> bool:
        """TLS from the first byte: asked for, or the port that is for nothing else."""
        return self.encryption == "ssl" or (self.encryption == "tls" and self.port == IMPLICIT_TLS_PORT)

    @property
    def starttls(self) -> bool:
        """Whether STARTTLS is required; a server without it is refused, never used in clear text."""
        return self.encryption == "tls" and not self.implicit_tls

    @property
    def may_sign_in(self) -> bool:
        """Whether a secret may travel: under TLS, or without leaving this machine."""
        return self.encryption != "none" or LOOPBACK.fullmatch(self.host) is not None

    @property
    def signs_in(self) -> bool:
        """Whether there is anything to sign in with."""
        return self.token is not None or bool(self.username)
