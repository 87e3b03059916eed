"""A part of the settings: the fields of one concern, and the checks between them."""

from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field


class Part(BaseModel):
    """The settings of one concern. A field's name in upper case is the variable's name."""

    model_config = ConfigDict(frozen=True, extra="ignore", alias_generator=str.upper, hide_input_in_errors=True)

    title: ClassVar[str] = ""
    """The concern's heading in ``docs/settings.md``."""

    def disagreements(self) -> list[str]:
        """What is wrong between settings that are each right alone."""
        return []


def _unquoted(value: Any) -> Any:
    """The seed's examples put names with blanks in quotes, which some shells and portals keep."""
    text = value.strip() if isinstance(value, str) else value
    if isinstance(text, str) and len(text) > 1 and text[0] == text[-1] and text[0] in "'\"":
        return text[1:-1].strip()
    return text


Text = Annotated[str, BeforeValidator(_unquoted)]
Address = Annotated[str, BeforeValidator(_unquoted), Field(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s.]+$")]
OptionalAddress = Annotated[str, BeforeValidator(_unquoted), Field(pattern=r"^([^@\s]+@[^@\s]+\.[^@\s.]+)?$")]
