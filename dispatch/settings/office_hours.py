"""Office hours to which sending keeps."""

from functools import cached_property
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, field_validator

from dispatch.core import SendWindow
from dispatch.settings.concern import Concern, Text


class OfficeHoursSettings(Concern):
    """When letters may go."""

    title = "Office hours"

    dispatch_send_window: Text = Field(
        "", description="Office hours to which sending keeps, as `mon-fri 08-16`; empty means any hour"
    )
    dispatch_timezone: Text = Field("Europe/Oslo", description="Time zone of the send window")
    dispatch_holidays: Text = Field(
        "NO", description="Country whose public holidays the send window leaves out; `none` for no country"
    )

    @field_validator("dispatch_timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError("is not a known time zone") from error
        return value

    def disagreements(self) -> list[str]:
        """Hours, zone and country are read together."""
        try:
            _ = self.send_window
        except ValueError as error:
            return [f"DISPATCH_SEND_WINDOW: {error}"]
        return []

    @cached_property
    def send_window(self) -> SendWindow | None:
        """Office hours to which sending keeps; None where none are set."""
        if not self.dispatch_send_window:
            return None
        country = "" if self.dispatch_holidays.lower() == "none" else self.dispatch_holidays
        return SendWindow.parse(self.dispatch_send_window, zone=self.dispatch_timezone, country=country)
