"""The in-memory twin of the store of blobs. It passes the same contract tests as the real adapter."""

from collections import Counter
from collections.abc import Sequence

from dispatch.core import NO_VERSION, LostRace
from dispatch.ports import ReadBlob, StoredBlob


class MemoryContent:
    """See ``dispatch.ports.ContentStore``."""

    def __init__(self) -> None:
        self.blobs: dict[str, bytes] = {}
        self.versions: Counter[str] = Counter()  # how often each was written

    async def put(self, name: str, content: bytes, *, content_type: str, over: str | None = None) -> None:
        assert content_type
        if over is not None and over != self._version(name):
            raise LostRace(f"blob {name}")
        self.blobs[name] = content
        self.versions[name] += 1

    async def get(self, name: str) -> bytes | None:
        return self.blobs.get(name)

    async def read(self, name: str) -> ReadBlob:
        return ReadBlob(self.blobs.get(name), self._version(name))

    def _version(self, name: str) -> str:
        return str(self.versions[name]) if name in self.blobs else NO_VERSION

    async def stored_under(self, prefix: str) -> Sequence[StoredBlob]:
        return [StoredBlob(name, str(self.versions[name])) for name in sorted(self.blobs) if name.startswith(prefix)]

    async def delete(self, blob: StoredBlob) -> None:
        if blob.name in self.blobs and str(self.versions[blob.name]) == blob.version:
            del self.blobs[blob.name]
