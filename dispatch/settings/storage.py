"""Where the ledger, the queues and the content are."""

from pydantic import Field, SecretStr

from dispatch.settings.concern import Concern, Text

STORAGE = "AzureWebJobsStorage"


class StorageSettings(Concern):
    """A connection string locally, three service URIs in Azure."""

    title = "Storage"

    storage_connection_string: SecretStr = Field(
        SecretStr(""),
        alias=STORAGE,
        description="Connection string (locally); in Azure the three service URIs below stand instead",
    )
    storage_blob_uri: Text = Field(
        "", alias=f"{STORAGE}__blobServiceUri", description="Blob service, with managed identity"
    )
    storage_queue_uri: Text = Field(
        "", alias=f"{STORAGE}__queueServiceUri", description="Queue service, with managed identity"
    )
    storage_table_uri: Text = Field(
        "", alias=f"{STORAGE}__tableServiceUri", description="Table service, with managed identity"
    )

    def disagreements(self) -> list[str]:
        """One of the two ways must be whole."""
        uris = (self.storage_blob_uri, self.storage_queue_uri, self.storage_table_uri)
        if connection := self.storage_connection_string.get_secret_value():
            return [] if _is_connection_string(connection) else [f"{STORAGE}: is no connection string"]
        if all(uris):
            return []
        return [
            f"{STORAGE}: missing; set it, or the three {STORAGE}__blobServiceUri, __queueServiceUri and __tableServiceUri"
        ]


def _is_connection_string(text: str) -> bool:
    """Whether it says which account it is, as the SDKs want it."""
    pairs = [part.partition("=") for part in text.strip().strip(";").split(";")]
    given = {name.strip().lower(): value for name, _, value in pairs if value}
    if len(given) < len(pairs):
        return False
    if given.get("usedevelopmentstorage", "").lower() == "true":
        return True
    ends = ("blobendpoint", "queueendpoint", "tableendpoint")
    return "accountname" in given or ("sharedaccesssignature" in given and all(end in given for end in ends))
