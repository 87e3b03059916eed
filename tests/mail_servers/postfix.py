"""Postfix as an instance of its own: configuration, queue and data in a temporary folder, on a loopback port."""

import contextlib
import os
import pwd
import re
import shutil
import stat
import subprocess
from collections.abc import Mapping
from email.message import EmailMessage
from pathlib import Path
from typing import Literal

from tests.mail_servers.authority import Certificate
from tests.mail_servers.server import DOMAIN, HOST, PASSWORD, USERNAME, OwnInstance, lines_matching, parsed, until
from tests.mail_servers.server import settings_text as main_cf

MASTER = Path("/usr/lib/postfix/sbin/master")
WHY_NOT = "Postfix is not installed, or this is not root: `make mailservers` installs it"
_QUEUES = [
    "active",
    "bounce",
    "corrupt",
    "defer",
    "deferred",
    "flush",
    "hold",
    "incoming",
    "private",
    "saved",
    "trace",
    "maildrop",
    "public",
    "pid",
]
_COMPLAINTS = (
    r"warning|error|fatal|panic|lost connection|timeout after|improper|non-SMTP|bare|too many|SSL_accept|PIPELINING"
)
_MASTER_CF = """\
{host}:{port} inet n - n - - smtpd{options}
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
virtual unix - n n - - virtual
relay unix - - n - - smtp
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
"""


def can_run() -> bool:
    """Whether this machine has Postfix, and lets it run."""
    return MASTER.exists() and os.geteuid() == 0


class Postfix(OwnInstance):
    """``main`` overrides main.cf; ``tables`` are files that it may name as ``{folder}/name``."""

    def __init__(
        self,
        *,
        tls: Literal["starttls", "implicit", ""] = "",
        certificate: Certificate | None = None,
        sasl: bool = False,
        main: Mapping[str, str] | None = None,
        tables: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__()
        self._starts = 0
        self._make_folders()
        for name, text in {"users": f"/^kari[0-9]+@{DOMAIN}$/ all/\n", **(tables or {})}.items():
            (self.folder / name).write_text(text)
        settings = self._settings()
        if certificate is not None:
            settings |= _tls(certificate, starttls=tls == "starttls")
        if sasl:
            settings |= self._sasl()
        settings |= {name: value.format(folder=self.folder) for name, value in (main or {}).items()}
        self._main = settings
        self._write_main()
        options = " -o smtpd_tls_wrappermode=yes" if tls == "implicit" else ""
        (self.folder / "master.cf").write_text(_MASTER_CF.format(host=HOST, port=self.port, options=options))

    def change(self, **main: str) -> None:
        """Stops it, and starts it with other settings."""
        self.stop()
        self._main |= main
        self._write_main()
        self.start()

    def _write_main(self) -> None:
        path = self.folder / "main.cf"
        path.write_text(main_cf(self._main))
        os.utime(path, (0, 0))  # it waits until the file is two seconds old

    def command(self) -> list[str]:
        return [str(MASTER), "-d", "-c", str(self.folder)]

    def start(self) -> None:
        self._starts += 1
        super().start()

    def listens(self) -> bool:
        return self.log.exists() and len(lines_matching(self.log, "daemon started")) == self._starts

    def messages(self) -> list[EmailMessage]:
        """What it took and has delivered, once its queue is empty.

        Stopped between a delivery and the end of its queue file it delivers that one again: twice by its own hand, and
        taken from us once, as the queue's id in Received says.
        """
        queues = [self.folder / "queue" / name for name in ("incoming", "active", "maildrop")]
        if self._process is not None:
            until(lambda: not any(_is_taken(path) for queue in queues for path in queue.rglob("*")))
        deferred = [path for path in (self.folder / "queue" / "deferred").rglob("*") if path.is_file()]
        assert not deferred, "Postfix could not deliver what it had taken"
        delivered = [parsed(path) for path in sorted((self.folder / "mail" / "all" / "new").glob("*"))]
        return list({tuple(map(str, message.get_all("Received", ()))): message for message in delivered}.values())

    def complaints(self) -> list[str]:
        """What its log says about us that it does not say of a good client."""
        return [line for line in lines_matching(self.log, _COMPLAINTS) if "postfix/smtpd" in line]

    @property
    def log(self) -> Path:
        return self.folder / "log"

    def conversations(self) -> list[dict[str, int]]:
        """What each connection asked for: commands by name, as Postfix counts them when it is left."""
        lines = lines_matching(self.log, r"disconnect from")
        return [{verb: int(done) for verb, done in re.findall(r"(\w+)=(\d+)", line)} for line in lines]

    def _make_folders(self) -> None:
        queue = self.folder / "queue"
        for folder in [*(queue / name for name in _QUEUES), self.folder / "data", self.folder / "mail"]:
            folder.mkdir(parents=True)
            shutil.chown(folder, "postfix", "postfix")
        for name, mode in (("maildrop", 0o730), ("public", 0o710)):
            shutil.chown(queue / name, "postfix", "postdrop")
            (queue / name).chmod(mode)
        shutil.chown(queue / "pid", "root", "root")

    def _settings(self) -> dict[str, str]:
        folder = self.folder
        return {
            "compatibility_level": "3.6",
            "queue_directory": f"{folder}/queue",
            "data_directory": f"{folder}/data",
            "maillog_file": f"{folder}/log",
            "maillog_file_prefixes": "/",
            "myhostname": "mail.server.example",
            "mydestination": "",
            "inet_interfaces": HOST,
            "inet_protocols": "ipv4",
            "alias_maps": "",
            "local_recipient_maps": "",
            "virtual_mailbox_domains": DOMAIN,
            "virtual_mailbox_maps": f"regexp:{folder}/users",
            "virtual_mailbox_base": f"{folder}/mail",
            "virtual_mailbox_limit": "0",
            "virtual_minimum_uid": "1",
            "virtual_uid_maps": f"static:{pwd.getpwnam('postfix').pw_uid}",
            "virtual_gid_maps": f"static:{pwd.getpwnam('postfix').pw_gid}",
            "notify_classes": "",
            "mynetworks": "192.0.2.1/32",
            "smtpd_client_event_limit_exceptions": "",
            "smtpd_peername_lookup": "no",
            "smtpd_error_sleep_time": "0",
            "smtputf8_enable": "yes",
            "in_flow_delay": "0",
        }

    def _sasl(self) -> dict[str, str]:
        folder = self.folder / "sasl"
        folder.mkdir()
        database = folder / "users.db"
        (folder / "smtpd.conf").write_text(
            f"pwcheck_method: auxprop\nauxprop_plugin: sasldb\nsasldb_path: {database}\nmech_list: PLAIN LOGIN\n"
        )
        command = ["/usr/sbin/saslpasswd2", "-p", "-c", "-f", str(database), "-u", "mail.server.example", USERNAME]
        subprocess.run(command, input=PASSWORD.encode(), check=True)
        shutil.chown(database, "postfix", "postfix")
        return {
            "smtpd_sasl_auth_enable": "yes",
            "smtpd_sasl_type": "cyrus",
            "cyrus_sasl_config_path": str(folder),
            "smtpd_sasl_local_domain": "mail.server.example",
            "smtpd_recipient_restrictions": "permit_sasl_authenticated, reject",
        }


def _is_taken(path: Path) -> bool:
    """Whether it is a letter in Postfix's hands: one that it was stopped amid writing is never marked executable."""
    with contextlib.suppress(FileNotFoundError):
        mode = path.stat().st_mode
        return stat.S_ISREG(mode) and bool(mode & stat.S_IXUSR)
    return False


def _tls(certificate: Certificate, *, starttls: bool) -> dict[str, str]:
    return {
        "smtpd_tls_cert_file": str(certificate.chain),
        "smtpd_tls_key_file": str(certificate.key),
        "smtpd_tls_security_level": "encrypt" if starttls else "may",
        "smtpd_tls_auth_only": "yes",
        "smtpd_tls_loglevel": "1",
    }
