"""Upkeep: what is kept for how long, and when a credential runs out."""

from datetime import UTC, date, datetime

from pydantic import Field

from dispatch.settings.concern import Concern, Text


class UpkeepSettings(Concern):
    """What time does to an application."""

    title = "Upkeep"

    dispatch_retention_days: int = Field(
        180, ge=1, description="How long rows and content of a finished dispatch are kept"
    )
    dispatch_credentials_expire: Text = Field(
        "",
        pattern=r"^(\d{4}-\d{2}-\d{2})?$",
        description="Date on which the first of the credentials runs out, as 2027-05-01: an alert comes 30 days before; empty means that none is watched",
    )

    def disagreements(self) -> list[str]:
        """The right form is not yet a day of the calendar."""
        try:
            self.credentials_days_left(datetime.now(UTC))
        except ValueError:
            return ["DISPATCH_CREDENTIALS_EXPIRE: is no date"]
        return []

    def credentials_days_left(self, now: datetime) -> int | None:
        """Days until the first of the credentials runs out; None where no date is set."""
        if not self.dispatch_credentials_expire:
            return None
        return (date.fromisoformat(self.dispatch_credentials_expire) - now.date()).days
