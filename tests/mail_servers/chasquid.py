"""chasquid, a mail server of another make and language: signs in under TLS only, and checks what it is given."""

import shutil
import subprocess
from email.message import EmailMessage

from tests.mail_servers.authority import Certificate
from tests.mail_servers.server import DOMAIN, HOST, PASSWORD, OwnInstance, free_port, lines_matching, parsed, until

WHY_NOT = "chasquid is not installed: `make mailservers` installs it"
SENDER = "utsending@etat.example"
MEGABYTE = 1024 * 1024
_EVERYONE = 400
_COMPLAINTS = r"error|protocol|invalid|too many|unexpected|rejected"


def can_run() -> bool:
    """Whether this machine has it."""
    return shutil.which("chasquid") is not None


class Chasquid(OwnInstance):
    """Knows ``kari0`` and on; takes a megabyte. ``port`` is for STARTTLS, ``tls_port`` for TLS from the first byte."""

    def __init__(self, certificate: Certificate) -> None:
        super().__init__()
        self.tls_port = free_port()
        (self.folder / "mail").mkdir()
        certificates = self.folder / "certs" / "mail.server.example"
        certificates.mkdir(parents=True)
        shutil.copy(certificate.chain, certificates / "fullchain.pem")
        shutil.copy(certificate.key, certificates / "privkey.pem")
        for address in (SENDER, f"alle@{DOMAIN}"):
            (self.folder / "domains" / address.rpartition("@")[2]).mkdir(parents=True)
            self._add_user(address)
        aliases = "".join(f"kari{number}: alle\n" for number in range(_EVERYONE))
        (self.folder / "domains" / DOMAIN / "aliases").write_text(aliases)
        (self.folder / "chasquid.conf").write_text(self._settings())

    def command(self) -> list[str]:
        return ["chasquid", "-config_dir", str(self.folder)]

    def listens(self) -> bool:
        return len(lines_matching(self.folder / "output", "Server listening")) >= 2

    def messages(self) -> list[EmailMessage]:
        """What it has handed to the mailboxes, once its queue is empty."""
        until(lambda: not list((self.folder / "data" / "queue").glob("m:*")))  # others were never finished
        return [parsed(path) for path in sorted((self.folder / "mail").glob("*.eml"))]

    def complaints(self) -> list[str]:
        return lines_matching(self.folder / "output", _COMPLAINTS)

    def _add_user(self, address: str) -> None:
        command = ["chasquid-util", f"-C={self.folder}", "user-add", address, f"--password={PASSWORD}"]
        subprocess.run(command, check=True, capture_output=True)

    def _settings(self) -> str:
        mail = self.folder / "mail"
        deliver = f"f=$(mktemp {mail}/XXXXXXXX.part) && cat > $f && mv $f ${{f%.part}}.eml"
        return (
            'hostname: "mail.server.example"\n'
            "max_data_size_mb: 1\n"
            f'submission_address: "{HOST}:{self.port}"\n'
            f'submission_over_tls_address: "{HOST}:{self.tls_port}"\n'
            'mail_delivery_agent_bin: "/bin/sh"\n'
            'mail_delivery_agent_args: "-c"\n'
            f'mail_delivery_agent_args: "{deliver}"\n'
            f'data_dir: "{self.folder}/data"\n'
            'mail_log_path: "<stdout>"\n'
        )
