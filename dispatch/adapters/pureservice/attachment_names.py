"""Names of files that are uploaded to a ticket."""

import re
import unicodedata

UNUSABLE = re.compile(r"[:*?\"<>|]")
NAMELESS = "fil"


def file_name(name: str) -> str:
    """The name without path parts and without what a file system or a person would stumble over."""
    last = re.split(r"[/\\]", name)[-1]
    visible = "".join(sign for sign in last if unicodedata.category(sign)[0] != "C")
    return UNUSABLE.sub("_", visible).strip(" .") or NAMELESS
