"""A part of the settings: the fields of one concern, and the checks between them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

APPLICATION = Path(__file__).resolve().parents[2]


class Concern(BaseModel):
    """The settings of one concern. A field's name in upper case is the variable's name."""

    model_config = ConfigDict(frozen=True, extra="ignore", alias_generator=str.upper, hide_input_in_errors=True)

    title: ClassVar[str] = ""
    """The concern's heading in ``docs/settings.md``."""
    needs: ClassVar[tuple[str, ...]] = ()
    """Without these a transport isn't set up: it is left out of a failover, and wrong where it stands alone."""

    def disagreements(self) -> list[str]:
        """What is wrong between settings that are each right alone."""
        return []

    def own_sender(self) -> str:
        """The address that the transport's letters are from, where it is none of the mailboxes'."""
        return ""

    def own_limits(self) -> "OwnLimits | None":
        """What the transport takes of its own, whoever sends by it; None where nothing is set."""
        return None


@dataclass(frozen=True, slots=True)
class OwnLimits:
    """Limits of one transport, which all that send by it share; None as one of them means that it has none.

    Where its letters leave ``no_mailbox``, these hold in place of the mailbox's when it is the first transport.
    """

    name: str
    at_once: int | None
    rate: float | None  # letters a minute in the long run; 0 means no limit
    per_day: int | None
    together: int = 0  # so many may leave one after the other; 0 means a minute's
    any_minute: int = 0  # so many may leave in any minute, and the next is refused; 0 means that more are waited for
    no_mailbox: bool = False


def _unquoted(value: Any) -> Any:
    """The seed's examples put names with blanks in quotes, which some shells and portals keep."""
    text = value.strip() if isinstance(value, str) else value
    if isinstance(text, str) and len(text) > 1 and text[0] == text[-1] and text[0] in "'\"":
        return text[1:-1].strip()
    return text


def authority_problems(name: str, path: str) -> list[str]:
    """What is wrong with the file of a certificate authority of one's own; nothing where none is set."""
    import ssl

    if not path:
        return []
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cafile=path)
    except ssl.SSLError:
        return [f"{name}: {path} holds no certificates (PEM)"]
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", "") or type(error).__name__
        return [f"{name}: {path} can't be read ({why})"]
    return []


def _from_the_application(path: str) -> str:
    """A relative path is from the application's folder, wherever the host started its process."""
    return str(APPLICATION / path) if path else ""


Text = Annotated[str, BeforeValidator(_unquoted)]
AuthorityFile = Annotated[str, BeforeValidator(_unquoted), AfterValidator(_from_the_application)]
Address = Annotated[str, BeforeValidator(_unquoted), Field(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s.]+$")]
OptionalAddress = Annotated[str, BeforeValidator(_unquoted), Field(pattern=r"^([^@\s]+@[^@\s]+\.[^@\s.]+)?$")]
