"""What timers keep in the container ``azure-webjobs-hosts``: a status each, and a lease on who runs them."""

import contextlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime

from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError
from azure.storage.blob.aio import BlobClient, BlobLeaseClient, BlobServiceClient

from local.host.errors import StartError

CONTAINER = "azure-webjobs-hosts"
#: What stands for "never" in a status, as in .NET.
NEVER = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class TimerStatus:
    """When a timer ran, when it is due, and when that was worked out."""

    last: datetime
    next: datetime
    last_updated: datetime

    def as_dict(self) -> dict[str, str]:
        """The form in the blob, which is also what a function gets as ``schedule_status``."""
        return {
            "Last": self.last.isoformat(),
            "Next": self.next.isoformat(),
            "LastUpdated": self.last_updated.isoformat(),
        }

    @classmethod
    def from_json(cls, text: bytes) -> "TimerStatus":
        document = json.loads(text)
        return cls(
            last=datetime.fromisoformat(document["Last"]),
            next=datetime.fromisoformat(document["Next"]),
            last_updated=datetime.fromisoformat(document["LastUpdated"]),
        )


class TimerStorage:
    """Status and lease of the timers of one host id."""

    def __init__(self, blobs: BlobServiceClient, *, host_id: str, lease_seconds: int) -> None:
        self._container = blobs.get_container_client(CONTAINER)
        self._host_id = host_id
        self._lease_seconds = lease_seconds

    async def read_status(self, function: str) -> TimerStatus | None:
        try:
            download = await self._status(function).download_blob()
            return TimerStatus.from_json(await download.readall())
        except ResourceNotFoundError:
            return None
        except (ValueError, KeyError, TypeError) as error:
            raise StartError(f"The status of timer '{function}' in the storage is broken: {error}") from error

    async def write_status(self, function: str, status: TimerStatus) -> None:
        await self._status(function).upload_blob(json.dumps(status.as_dict()).encode(), overwrite=True)

    async def take_lease(self, function: str) -> BlobLeaseClient | None:
        """The lease of this timer's listener, or None while another host has it."""
        blob = self._container.get_blob_client(f"locks/{self._host_id}/Host.Functions.{function}.Listener")
        try:
            return await blob.acquire_lease(self._lease_seconds)
        except ResourceNotFoundError:
            await self._create(blob)
        except HttpResponseError as error:
            if error.status_code != 409:
                raise
            return None
        return await self.take_lease(function)

    def _status(self, function: str) -> BlobClient:
        return self._container.get_blob_client(f"timers/{self._host_id}/Host.Functions.{function}/status")

    async def _create(self, blob: BlobClient) -> None:
        with contextlib.suppress(ResourceExistsError):  # the usual case
            await self._container.create_container()
        with contextlib.suppress(ResourceExistsError):  # another host was quicker
            await blob.upload_blob(b"")
