"""Opens the storage: with a connection string locally, with the managed identity in Azure."""

from typing import TYPE_CHECKING, Any

from dispatch.settings import STORAGE
from dispatch.wiring.resources import Resources

if TYPE_CHECKING:
    from dispatch.adapters.azure_storage import BlobContent, StorageQueues, TableLedger, TableReader

TABLE = "dispatches"


def open_ledger(resources: Resources) -> "TableLedger":
    """What the verbs write and read."""
    from dispatch.adapters.azure_storage import TableLedger

    return resources.kept(TableLedger(_table(resources)))


def open_reader(resources: Resources) -> "TableReader":
    """What the pages and commands read."""
    from dispatch.adapters.azure_storage import TableReader

    return resources.kept(TableReader(_table(resources)))


def open_content(resources: Resources) -> "BlobContent":
    """Frozen letters, lists and reports."""
    from dispatch.adapters.azure_storage import BlobContent

    return resources.kept(BlobContent(_blobs(resources)))


def open_templates(resources: Resources) -> "BlobContent":
    """The customer's own templates and logo."""
    from dispatch.adapters.azure_storage import TEMPLATES, BlobContent

    return resources.kept(BlobContent(_blobs(resources), container=TEMPLATES))


def open_queues(resources: Resources) -> "StorageQueues":
    """What wakes the functions."""
    from dispatch.adapters.azure_storage import StorageQueues

    return resources.kept(StorageQueues(_queue_service(resources)))


def storage_addresses(resources: Resources) -> dict[str, str]:
    """Where each service is, by the setting that says so. One connection string says it of all."""
    s = resources.settings
    if not _connection(resources):
        fields = type(s).model_fields
        names = ("storage_table_uri", "storage_queue_uri", "storage_blob_uri")
        return {str(fields[name].alias): getattr(s, name) for name in names}
    clients = (
        resources.kept(_table(resources)),
        resources.kept(_queue_service(resources)),
        resources.kept(_blobs(resources)),
    )
    return {f"{STORAGE} ({part})": client.url for part, client in zip(("Table", "Queue", "Blob"), clients, strict=True)}


def _connection(resources: Resources) -> str:
    return resources.settings.storage_connection_string.get_secret_value()


def _table(resources: Resources) -> Any:
    from azure.data.tables.aio import TableClient

    if connection := _connection(resources):
        return TableClient.from_connection_string(connection, TABLE)
    return TableClient(resources.settings.storage_table_uri, TABLE, credential=resources.identity)


def _blobs(resources: Resources) -> Any:
    from azure.storage.blob.aio import BlobServiceClient

    if connection := _connection(resources):
        return BlobServiceClient.from_connection_string(connection)
    return BlobServiceClient(resources.settings.storage_blob_uri, credential=resources.identity)


def _queue_service(resources: Resources) -> Any:
    from azure.storage.queue.aio import QueueServiceClient

    if connection := _connection(resources):
        return QueueServiceClient.from_connection_string(connection)
    return QueueServiceClient(resources.settings.storage_queue_uri, credential=resources.identity)
