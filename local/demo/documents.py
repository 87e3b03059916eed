"""The two attachments of the demonstration, as real PDFs."""

import typst

PAGE = """
#set page(paper: "a4", margin: 2.5cm)
#set text(size: 11pt, lang: "nb")
= {title}

{body}
"""
NOTE = """Dette høringsnotatet er laget for demonstrasjonen. Forslaget gjør det enklere å gjenbruke eksisterende bygg.

== Bakgrunn
Kravene til tiltak på eksisterende bygg har vært de samme som for nye bygg.

== Forslaget
+ Kravene skal stå i forhold til tiltakets omfang.
+ Kommunen kan gi unntak der det er forsvarlig.
"""
FORM = """Svar innen 1. mars 2027.

#table(columns: (1fr, 2fr), [Virksomhet], [], [Kontaktperson], [], [Innspill], [#v(6cm)])
"""


def documents() -> tuple[bytes, bytes]:
    """The consultation paper and the form for answers."""
    return _pdf("Høringsnotat", NOTE), _pdf("Skjema for innspill", FORM)


def _pdf(title: str, body: str) -> bytes:
    return bytes(typst.compile(PAGE.format(title=title, body=body).encode()))
