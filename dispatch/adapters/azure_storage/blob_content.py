"""Frozen letters, reports and the operator's own templates, as blobs."""

import uuid

from azure.core.exceptions import ResourceExistsError, ResourceNotFoundError
from azure.storage.blob import ContentSettings
from azure.storage.blob.aio import BlobServiceClient

CONTENT, TEMPLATES = "dispatch-content", "templates"


class BlobContent:
    """See ``dispatch.ports.ContentStore``."""

    def __init__(self, service: BlobServiceClient, *, container: str = CONTENT) -> None:
        self._service = service
        self._container = service.get_container_client(container)

    async def open(self) -> None:
        """Creates the container where it is missing (locally; in Azure the deployment did)."""
        try:
            await self._container.create_container()
        except ResourceExistsError:
            return

    async def check(self) -> None:
        """Writes a blob of no meaning, reads it and removes it."""
        await self.open()
        name = f"doctor/{uuid.uuid4().hex}"
        await self.put(name, b"doctor", content_type="text/plain")
        await self.get(name)
        await self.delete_under(name)

    async def close(self) -> None:
        """Gives back connections."""
        await self._container.close()
        await self._service.close()

    async def put(self, name: str, content: bytes, *, content_type: str) -> None:
        """Writes or overwrites a blob."""
        settings = ContentSettings(content_type=content_type)
        await self._container.upload_blob(name, content, overwrite=True, content_settings=settings)

    async def get(self, name: str) -> bytes | None:
        """The blob's bytes; None where there is none."""
        try:
            stream = await self._container.download_blob(name)
            return await stream.readall()
        except ResourceNotFoundError:
            return None

    async def delete_under(self, prefix: str) -> None:
        """Removes every blob whose name begins so."""
        async for name in self._container.list_blob_names(name_starts_with=prefix):
            try:
                await self._container.delete_blob(name)
            except ResourceNotFoundError:
                continue
