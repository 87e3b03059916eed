"""Pureservice: where it is, and what its statuses, types and relations are called."""

from typing import Literal

from pydantic import Field, SecretStr

from dispatch.settings.concern import Address, Concern, OptionalAddress, Text

TICKET_PAGE = "/agent/#/ticket/"


class PureserviceSettings(Concern):
    """The ticket system, and the names that it was given there."""

    title = "Pureservice"

    pureservice_url: Text = Field(
        pattern=r"^https?://[^/\s]+/?$", description="Base URL, as https://customer.pureservice.com"
    )
    pureservice_apikey: SecretStr = Field(min_length=1, description="API key")
    pureservice_prefix: Text = Field("/agent/api", description="Path prefix of the API")
    pureservice_auth_scheme: Literal["bearer", "x-authorization-key"] = Field(
        "bearer", description="Header that carries the key: `bearer` or `x-authorization-key`"
    )
    pureservice_requests_per_minute: int = Field(
        90, ge=1, le=100_000, description="Budget of API requests; Pureservice allows 100"
    )
    pureservice_dispatch_email: Address = Field(
        "ut@e-post.pureservice.local", description="End user that means: send by e-mail"
    )
    pureservice_dispatch_ef: Address = Field(
        "ut@eformidling.pureservice.local", description="End user that means: send through eFormidling"
    )
    pureservice_dispatch_follow_up: OptionalAddress = Field(
        "",
        description="End user that means: send to those who got the ticket's last message, and to nobody else; empty means that there is none",
    )
    pureservice_dispatch_commtype_name: Text = Field(
        "Utsendelse - innhold", min_length=1, description="Communication type that holds the text to send"
    )
    pureservice_dispatch_status: Text = Field(
        "Til ekspedering", min_length=1, description="Status that starts a dispatch (scenario 1)"
    )
    pureservice_121_status: Text = Field(
        "Klar til splitt", min_length=1, description="Status that starts one ticket per recipient (scenario 2)"
    )
    pureservice_dispatch_solved_status: Text = Field(
        "Løst", min_length=1, description="Status that the ticket gets when the dispatch is done"
    )
    pureservice_ticket_status_open: Text = Field(
        "Under arbeid", min_length=1, description="Status that a ticket which can't be dispatched is put back to"
    )
    pureservice_dispatch_preview_status: Text = Field(
        "",
        description="Status that asks for a preview of the dispatch as an internal note; empty means that there is none",
    )
    pureservice_dispatch_approval_status: Text = Field(
        "",
        description="Status in which a ticket waits for the approval of a dispatch to more than `DISPATCH_APPROVAL_ABOVE` recipients",
    )
    pureservice_dispatch_not_before_field: Text = Field(
        "",
        pattern=r"^(cf_\d{1,3})?$",
        description="The ticket's own field (`cf_3`) that says at which moment sending may begin; empty means that there is none",
    )
    pureservice_dispatch_not_after_field: Text = Field(
        "",
        pattern=r"^(cf_\d{1,3})?$",
        description="The ticket's own field (`cf_4`) that says until when the letter may be sent; empty means that there is none",
    )
    pureservice_dispatch_list_assetname: Text = Field(
        "Mottakerliste", min_length=1, description="Asset type of the mailing lists"
    )
    pureservice_dispatch_list_inactive: Text = Field(
        "Inaktiv",
        description="Names of the statuses of lists that are out of use, with commas between; a ticket with such a list is sent to nobody",
    )
    pureservice_dispatch_link_to_company: Text = Field(
        "Inneholder firma", min_length=1, description="Relation from a list to an organisation"
    )
    pureservice_dispatch_link_to_user: Text = Field(
        "Inneholder bruker", min_length=1, description="Relation from a list to a person"
    )
    pureservice_dispatch_link_to_ticket: Text = Field(
        "Gir mottakere til", min_length=1, description="Relation from a list to a ticket"
    )
    pureservice_ticket_number_template: Text = Field(
        "[Sak ID# {{RequestNumber}}]",
        pattern=r"\{\{ *RequestNumber *\}\}",
        description="How the ticket's number is written in a subject",
    )

    @property
    def list_inactive_names(self) -> tuple[str, ...]:
        """The names of the statuses of lists that are out of use."""
        return tuple(name for one in self.pureservice_dispatch_list_inactive.split(",") if (name := one.strip()))

    def ticket_page(self, number: int | str = "") -> str:
        """Where people see the ticket of that number; without one, what stands in front of it."""
        return f"{self.pureservice_url.rstrip('/')}{TICKET_PAGE}{number}{'/' if number else ''}"

    def disagreements(self) -> list[str]:
        """A status that means two things would start the wrong one."""
        starts = (self.pureservice_dispatch_status.casefold(), self.pureservice_121_status.casefold())
        ends = {
            "PURESERVICE_DISPATCH_SOLVED_STATUS": self.pureservice_dispatch_solved_status.casefold(),
            "PURESERVICE_TICKET_STATUS_OPEN": self.pureservice_ticket_status_open.casefold(),
        }
        others = {*starts, *ends.values()}
        fields = (self.pureservice_dispatch_not_before_field, self.pureservice_dispatch_not_after_field)
        problems = [
            f"{name}: is the same as a status that starts a dispatch" for name, end in ends.items() if end in starts
        ]
        if fields[0] and fields[0] == fields[1]:
            problems.append(
                "PURESERVICE_DISPATCH_NOT_AFTER_FIELD: is the same as PURESERVICE_DISPATCH_NOT_BEFORE_FIELD"
            )
        ways = (self.pureservice_dispatch_email.casefold(), self.pureservice_dispatch_ef.casefold())
        if self.pureservice_dispatch_follow_up.casefold() in ways:
            problems.append("PURESERVICE_DISPATCH_FOLLOW_UP: is the same as another of the end users")
        if starts[0] == starts[1]:
            problems.append("PURESERVICE_121_STATUS: is the same as PURESERVICE_DISPATCH_STATUS")
        approval = self.pureservice_dispatch_approval_status.casefold()
        if approval and approval in others | {self.pureservice_dispatch_preview_status.casefold()}:
            problems.append("PURESERVICE_DISPATCH_APPROVAL_STATUS: is the same as another of the statuses")
        if self.pureservice_dispatch_preview_status.casefold() in others:
            problems.append("PURESERVICE_DISPATCH_PREVIEW_STATUS: is the same as another of the statuses")
        return problems
