"""Frozen letters, reports and the operator's own templates, as blobs."""

import uuid
from collections.abc import Sequence
from typing import Any

from azure.core import MatchConditions
from azure.core.exceptions import ResourceExistsError, ResourceModifiedError, ResourceNotFoundError
from azure.storage.blob import ContentSettings
from azure.storage.blob.aio import BlobServiceClient

from dispatch.core import NO_VERSION, LostRace
from dispatch.ports import ReadBlob, StoredBlob

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
        await self._container.delete_blob(name)

    async def close(self) -> None:
        """Gives back connections."""
        await self._container.close()
        await self._service.close()

    async def put(self, name: str, content: bytes, *, content_type: str, over: str | None = None) -> None:
        """Writes or overwrites a blob; with ``over`` only that version of it."""
        fence: dict[str, Any] = {"overwrite": over is None}
        if over:
            fence = {"overwrite": True, "etag": over, "match_condition": MatchConditions.IfNotModified}
        settings = ContentSettings(content_type=content_type)
        try:
            await self._container.upload_blob(name, content, content_settings=settings, **fence)
        except (ResourceExistsError, ResourceModifiedError, ResourceNotFoundError) as exc:
            if over is None:
                raise
            raise LostRace(f"blob {name}") from exc

    async def get(self, name: str) -> bytes | None:
        """The blob's bytes; None where there is none."""
        return (await self.read(name)).content

    async def read(self, name: str) -> ReadBlob:
        """The blob with the version that was read."""
        try:
            stream = await self._container.download_blob(name)
            return ReadBlob(await stream.readall(), str(stream.properties.etag))
        except ResourceNotFoundError:
            return ReadBlob(None, NO_VERSION)

    async def stored_under(self, prefix: str) -> Sequence[StoredBlob]:
        """Every blob whose name begins so, with its ETag."""
        found = self._container.list_blobs(name_starts_with=prefix)
        return [StoredBlob(str(blob.name), str(blob.etag)) async for blob in found]

    async def delete(self, blob: StoredBlob) -> None:
        """Removes the blob if it still has the ETag that it was listed with."""
        try:
            await self._container.delete_blob(
                blob.name, etag=blob.version, match_condition=MatchConditions.IfNotModified
            )
        except (ResourceNotFoundError, ResourceModifiedError):
            return
