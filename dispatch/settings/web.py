"""The status page: whom it opens for, and where it is."""

from pydantic import Field

from dispatch.settings.concern import Concern, Text

PATH = "/api/status"


class WebSettings(Concern):
    """Sign-in and roles, and the address that notes and reports link to."""

    title = "Status page"

    status_page_url: Text = Field(
        "",
        pattern=r"^(https?://[^/\s?#]+[^\s?#]*)?$",
        description="Address of the status page, for the links in notes and reports, as https://utsendelse.etat.no/api/status; empty means the app's own address where sign-in is on",
    )
    website_auth_enabled: bool = Field(
        False, description="Set by App Service where sign-in is on; never set it yourself"
    )
    website_hostname: Text = Field("", description="Set by App Service: the app's own address; never set it yourself")
    web_allowed_role: Text = Field("Utsendelse", description="App role that opens the status page")
    web_approver_role: Text = Field(
        "",
        description="App role of those who may approve a dispatch on the status page, beside the one that opens it; empty means nobody: then the ticket's status approves",
    )
    web_allowed_group: Text = Field("", description="Group (object id) that opens it as well; empty means none")

    def status_page(self, place: str = "") -> str:
        """The address of the page, or of a place on it; empty where there is no page that anybody can open."""
        page = self.status_page_url.rstrip("/")
        if not page and self.website_auth_enabled and self.website_hostname:
            local = self.website_hostname.startswith(("localhost", "127.0.0.1"))
            page = f"{'http' if local else 'https'}://{self.website_hostname}{PATH}"
        return f"{page}/{place}" if page and place else page
