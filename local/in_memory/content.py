"""The twin of the store of letters and files."""

from collections import Counter
from collections.abc import Sequence

from dispatch.core import LostRace
from dispatch.ports import StoredBlob


class MemoryContent:
    """See ``dispatch.ports.ContentStore``."""

    def __init__(self) -> None:
        self.blobs: dict[str, bytes] = {}
        self.versions: Counter[str] = Counter()  # how often each was written

    async def put(self, name: str, content: bytes, *, content_type: str, fresh: bool = False) -> None:
        assert content_type
        if fresh and name in self.blobs:
            raise LostRace(f"blob {name}")
        self.blobs[name] = content
        self.versions[name] += 1

    async def get(self, name: str) -> bytes | None:
        return self.blobs.get(name)

    async def stored_under(self, prefix: str) -> Sequence[StoredBlob]:
        return [StoredBlob(name, str(self.versions[name])) for name in sorted(self.blobs) if name.startswith(prefix)]

    async def delete(self, blob: StoredBlob) -> None:
        if blob.name in self.blobs and str(self.versions[blob.name]) == blob.version:
            del self.blobs[blob.name]
