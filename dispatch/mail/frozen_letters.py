"""The frozen content of a dispatch in Blob storage, named by its SHA-256 so that what is sent is what was planned.

``{dispatch}/parts/{sha256}`` holds a file once however many letters use it; ``{dispatch}/{sha256}.json`` the letter.
"""

import hashlib
import json
from collections import OrderedDict
from dataclasses import asdict, astuple
from typing import Any

from dispatch.core import ContentMissing, DispatchKey, FileOrigin, LeftOut, Letter, Part, merging
from dispatch.mail.frozen_values import FrozenValues
from dispatch.ports import ContentStore

WITHOUT_FIELDS, WITH_FIELDS = "html", "html_with_fields"
KEPT_LETTERS = 4  # a process sends few dispatches at once, and a letter may be 25 MB


class FrozenLetters:
    """Writes letters once and reads them back; the last few stay in memory, since every batch needs the same one."""

    def __init__(self, store: ContentStore) -> None:
        self._store = store
        self._kept: OrderedDict[str, Letter] = OrderedDict()
        self.own = FrozenValues(store)

    async def freeze(self, key: DispatchKey, letter: Letter) -> str:
        """Writes the letter and its parts; returns the hash that reads it back."""
        listing = {
            "subject": letter.subject,
            # An application that knows no fields must not send their marks: it finds no HTML, and waits.
            WITH_FIELDS if letter.fields else WITHOUT_FIELDS: letter.html,
            "text": letter.text,
            "attachments": [await _put_part(self._store, key, part) for part in letter.attachments],
            "inline": [await _put_part(self._store, key, part) for part in letter.inline],
            "left_out": [[file.name, file.origin] for file in letter.left_out],
            **({"fields": [astuple(one) for one in letter.fields]} if letter.fields else {}),
        }
        body = json.dumps(listing, ensure_ascii=False, sort_keys=True).encode()
        digest = hashlib.sha256(body).hexdigest()
        await self._store.put(f"{key}/{digest}.json", body, content_type="application/json")
        return digest

    async def thaw(self, key: DispatchKey, digest: str) -> Letter:
        """The letter as it was frozen.

        Raises:
            ContentMissing: a blob is gone, or is not what was written.
        """
        letter = self._kept.get(digest)
        if letter is None:
            listing = json.loads(await _get(self._store, f"{key}/{digest}.json", digest))
            letter = Letter(
                subject=listing["subject"],
                html=listing[WITH_FIELDS if "fields" in listing else WITHOUT_FIELDS],
                text=listing["text"],
                attachments=tuple([await _get_part(self._store, key, item) for item in listing["attachments"]]),
                inline=tuple([await _get_part(self._store, key, item) for item in listing["inline"]]),
                left_out=tuple(LeftOut(name, FileOrigin(origin)) for name, origin in listing.get("left_out", [])),
                fields=tuple(merging.MergeField(*one) for one in listing.get("fields", [])),
            )
            self._kept[digest] = letter
            while len(self._kept) > KEPT_LETTERS:
                self._kept.popitem(last=False)
        return letter

    async def files(self, key: DispatchKey, digest: str) -> tuple[tuple[str, ...], tuple[LeftOut, ...]]:
        """Names of what goes along with the letter, and what does not, without reading the files.

        Raises:
            ContentMissing: the letter is gone, or is not what was written.
        """
        if digest in self._kept:
            known = self._kept[digest]
            return tuple(part.name for part in known.attachments), known.left_out
        listing = json.loads(await _get(self._store, f"{key}/{digest}.json", digest))
        left_out = tuple(LeftOut(name, FileOrigin(origin)) for name, origin in listing.get("left_out", []))
        return tuple(item["name"] for item in listing["attachments"]), left_out

    async def fields(self, key: DispatchKey, digest: str) -> tuple[merging.MergeField, ...]:
        """The letter's fields, without reading the files.

        Raises:
            ContentMissing: the letter is gone, or is not what was written.
        """
        if digest in self._kept:
            return self._kept[digest].fields
        listing = json.loads(await _get(self._store, f"{key}/{digest}.json", digest))
        return tuple(merging.MergeField(*one) for one in listing.get("fields", []))


async def _put_part(store: ContentStore, key: DispatchKey, part: Part) -> dict[str, str]:
    digest = hashlib.sha256(part.content).hexdigest()
    await store.put(f"{key}/parts/{digest}", part.content, content_type="application/octet-stream")
    described: dict[str, Any] = asdict(part)
    del described["content"]
    return {**described, "sha256": digest}


async def _get_part(store: ContentStore, key: DispatchKey, item: dict[str, str]) -> Part:
    content = await _get(store, f"{key}/parts/{item['sha256']}", item["sha256"])
    return Part(item["name"], item["content_type"], content, item["content_id"])


async def _get(store: ContentStore, name: str, digest: str) -> bytes:
    content = await store.get(name)
    if content is None or hashlib.sha256(content).hexdigest() != digest:
        raise ContentMissing(f"{name} is {'gone' if content is None else 'not what was frozen'}")
    return content
