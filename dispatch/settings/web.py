"""The status page: whom it opens for."""

from pydantic import Field

from dispatch.settings.part import Part, Text


class WebSettings(Part):
    """Sign-in and roles."""

    title = "Status page"

    website_auth_enabled: bool = Field(
        False, description="Set by App Service where sign-in is on; never set it yourself"
    )
    web_allowed_role: Text = Field("Utsendelse", description="App role that opens the status page")
    web_allowed_group: Text = Field("", description="Group (object id) that opens it as well; empty means none")
