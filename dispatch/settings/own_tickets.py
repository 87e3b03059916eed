"""Scenario 2: one ticket per recipient. What the mother ticket has wins over these names."""

from typing import Literal

from pydantic import Field

from dispatch.settings.concern import Concern, Text


class OwnTicketSettings(Concern):
    """What a recipient's own ticket gets, and who sends its message."""

    title = "One ticket per recipient"

    pureservice_121_send_via: Literal["mail", "pureservice"] = Field(
        "mail",
        description="Who sends the message of a recipient's own ticket: `mail` (our transports) or `pureservice` (checked afterwards by its e-mail row)",
    )
    pureservice_121_relation: Text = Field(
        "", description="Relation from a recipient's own ticket to the mother ticket; empty means none"
    )
    pureservice_ticket_source: Text = Field("E-post", description="Source of new tickets whose mother has none")
    pureservice_ticket_team: Text = Field("Postmottak", description="Team of new tickets whose mother has none")
    pureservice_ticket_zone: Text = Field("Fordeling", description="Zone of new tickets whose mother has none")
    pureservice_ticket_type: Text = Field("Henvendelse", description="Type of new tickets whose mother has none")
    pureservice_ticket_priority: Text = Field("Normal", description="Priority of new tickets whose mother has none")
