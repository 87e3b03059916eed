"""What is one recipient's alone, as it is frozen: one blob for the recipients of a batch, named by its hash.

``{dispatch}/values/{sha256}.json`` holds their values and which files are theirs; the files lie among the parts.
"""

import hashlib
import json
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import astuple

from dispatch.core import ContentMissing, DispatchKey, OwnPlace, Part, merging
from dispatch.ports import ContentStore

KEPT_BATCHES = 4


class FrozenValues:
    """Writes what is each recipient's alone and reads it back; the last few batches stay in memory."""

    def __init__(self, store: ContentStore) -> None:
        self._store = store
        self._read: OrderedDict[str, tuple[merging.OwnContent, ...]] = OrderedDict()

    async def freeze(self, key: DispatchKey, contents: Sequence[merging.OwnContent]) -> str:
        """Writes them; returns the hash that reads them back, which is empty where nothing is anybody's alone."""
        if not any(one.values or one.files for one in contents):
            return ""
        rows = [{"values": one.values, "files": [astuple(file) for file in one.files]} for one in contents]
        body = json.dumps({"rows": rows}, ensure_ascii=False, separators=(",", ":")).encode()
        digest = hashlib.sha256(body).hexdigest()
        await self._store.put(f"{key}/values/{digest}.json", body, content_type="application/json")
        return digest

    async def freeze_file(self, key: DispatchKey, read: str, part: Part) -> merging.OwnFile:
        """Writes a file, and that it is written: ``read`` names it, and the reading of the ticket that found it."""
        digest = hashlib.sha256(part.content).hexdigest()
        file = merging.OwnFile(part.name, part.content_type, len(part.content), digest)
        await self._store.put(f"{key}/parts/{digest}", part.content, content_type="application/octet-stream")
        await self._store.put(_name(key, read), json.dumps(astuple(file)).encode(), content_type="application/json")
        return file

    async def known_file(self, key: DispatchKey, read: str) -> merging.OwnFile | None:
        """The file that this reading found, where it is written."""
        stored = await self._store.get(_name(key, read))
        return merging.OwnFile(*json.loads(stored)) if stored else None

    async def at(self, key: DispatchKey, place: OwnPlace) -> merging.OwnContent:
        """What was frozen at the place.

        Raises:
            ContentMissing: the blob is gone, or is not what was written.
        """
        if not place.blob:
            return merging.NOTHING_OWN
        found = self._read.get(place.blob)
        if found is None:
            found = self._read[place.blob] = await self._parsed(key, place.blob)
            while len(self._read) > KEPT_BATCHES:
                self._read.popitem(last=False)
        return found[place.row]

    async def file(self, key: DispatchKey, file: merging.OwnFile) -> Part:
        """A recipient's own file.

        Raises:
            ContentMissing: the blob is gone, or is not what was written.
        """
        content = await _whole(self._store, f"{key}/parts/{file.sha256}", file.sha256)
        return Part(file.name, file.content_type, content)

    async def _parsed(self, key: DispatchKey, digest: str) -> tuple[merging.OwnContent, ...]:
        stored = json.loads(await _whole(self._store, f"{key}/values/{digest}.json", digest))
        return tuple(
            merging.OwnContent(tuple(row["values"]), tuple(merging.OwnFile(*file) for file in row["files"]))
            for row in stored["rows"]
        )


def _name(key: DispatchKey, read: str) -> str:
    return f"{key}/values/file-{read}.json"


async def _whole(store: ContentStore, name: str, digest: str) -> bytes:
    content = await store.get(name)
    if content is None or hashlib.sha256(content).hexdigest() != digest:
        raise ContentMissing(f"{name} is {'gone' if content is None else 'not what was frozen'}")
    return content
