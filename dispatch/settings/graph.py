"""Microsoft Graph: who signs in, and where."""

from pydantic import Field, SecretStr

from dispatch.settings.concern import Concern, Text


class GraphSettings(Concern):
    """The Graph transport, and the managed identity that the storage uses as well."""

    title = "Microsoft Graph and the identity"

    microsoft_graph_client_id: Text = Field("", description="App id; empty with the other two means managed identity")
    microsoft_graph_client_secret: SecretStr = Field(SecretStr(""), description="App secret")
    microsoft_graph_tenant_id: Text = Field("", description="Tenant id")
    graph_base_url: Text = Field(
        "https://graph.microsoft.com/v1.0",
        pattern=r"^https?://\S+[^/\s]$",
        description="Graph endpoint, without a trailing slash",
    )
    azure_client_id: Text = Field("", description="Client id of the user-assigned managed identity")
    azure_authority_host: Text = Field(
        "https://login.microsoftonline.com",
        description="Where tokens are fetched (national clouds differ); with `https://`, since the host reads it too",
    )

    def disagreements(self) -> list[str]:
        """An app registration is all three, or the managed identity signs in."""
        three = {
            "MICROSOFT_GRAPH_CLIENT_ID": self.microsoft_graph_client_id,
            "MICROSOFT_GRAPH_CLIENT_SECRET": self.microsoft_graph_client_secret.get_secret_value(),
            "MICROSOFT_GRAPH_TENANT_ID": self.microsoft_graph_tenant_id,
        }
        missing = [name for name, value in three.items() if not value]
        if 0 < len(missing) < len(three):
            return [f"{name}: missing, while the others of the three are set" for name in missing]
        return []
