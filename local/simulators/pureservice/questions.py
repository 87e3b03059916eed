"""The open questions about Pureservice that decide how a dispatch ends: the switch of each, and what is known.

``docs/pureservice-questions.md`` is written from this table.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

LOOKED_UP = (
    "assettype",
    "attachment",
    "communication",
    "department",
    "email",
    "emailaddress",
    "relationship",
    "relationshiptype",
    "requesttype",
    "user",
)
"""What is read beside tickets and their statuses, without which there is nothing to write words in."""


@dataclass(frozen=True, slots=True)
class Question:
    """One thing that nobody outside the vendor knows. ``values`` are the answers that differ from the safest."""

    switch: str
    values: tuple[Any, ...]
    asks: str
    evidence: str
    along: Mapping[str, Any] = field(default_factory=dict)  # without which the switch makes no difference
    members: int = 0  # as many recipients as it takes to be seen; 0: any number


QUESTIONS = (
    Question(
        "attachments_by",
        ("bare", "envelope", "put", "note", "none"),
        "Which body and route of an attachment is taken?",
        "One client sent bare bodies in 2023-24, and gave up: the file was not tied to the solution. A PUT of the "
        "ticket with the file among `linked` is what it does today. Files of a communication worked until 2024.",
    ),
    Question(
        "attachment_refusal",
        (413, 415),
        "With which status is a file refused?",
        "Nothing is known about size or type; 415 was met for a multipart body.",
        along={"attachments_by": "none"},
    ),
    Question(
        "attachments_tied",
        (False,),
        "Does a file of POST attachment belong to the solution where it says so?",
        "Tried in production in June 2023, and replaced by the PUT a week later.",
    ),
    Question(
        "max_page",
        (25, 30, 100),
        "How many rows has a page at most?",
        "Documented as 500; some clients read on until an empty page, others stop at a short one.",
        members=130,
    ),
    Question(
        "hidden_after_the_cut",
        (True,),
        "Are rows that a limited key may not see taken out after a page is cut?",
        "Keys can be limited to zones; how lists look to them is not described.",
        along={"max_page": 25},
        members=60,
    ),
    Question(
        "relations_start",
        ("ignored", "refused"),
        "What does `start` meet on relationship/{id}/fromAsset and fromTicket?",
        "No client sends it there.",
        members=50,
    ),
    Question(
        "relations_sort",
        ("ignored", "refused"),
        "What does `sort` meet there?",
        "No client sends it there.",
    ),
    Question(
        "relations_limit",
        ("ignored", "refused"),
        "What does `limit` meet there?",
        "No client sends it there; lists of 357 are read without one.",
    ),
    Question(
        "custom_type_filter",
        ("refused",),
        "May communications be filtered by `customtype.name`?",
        "In production at one agency in 2023, and at nobody since.",
    ),
    Question(
        "category_when_solving",
        (True,),
        "Is a category demanded when a ticket is solved?",
        "Zones have a property `ticketCategoryRequiredType`.",
    ),
    Question(
        "notes",
        ("link", "refused"),
        "In which form is an internal note taken?",
        "`ticketId` in one client, the link in another; a limited key may not be allowed to write any.",
    ),
    Question(
        "email_patch",
        ("refused",),
        "May an e-mail's row be changed?",
        "In production at one agency until now.",
    ),
    Question(
        "put_clears_omitted",
        (False,),
        "Does PUT clear what is left out?",
        "Nobody leaves anything out.",
    ),
    Question(
        "write_answers",
        ("bare", "envelope", "empty"),
        "In which form are writes answered?",
        "The envelope where Accept asks for it, a bare object without; one client reads an envelope all the same.",
    ),
    Question("post_status", (201, 204), "With which status is a new row answered?", "All clients take any success."),
    Question("patch_status", (204,), "With which status is a change answered?", "All clients take any success."),
    Question(
        "missing_status",
        (204,),
        "With which status is a look-up answered that finds nothing?",
        "One client takes 404 and 204 for the same.",
    ),
    Question(
        "error_body",
        ("exception", "modelstate", "html"),
        "Which form has an error?",
        "`message` is read in production; the server is ASP.NET, which has three forms.",
        along={"attachments_by": "none"},
    ),
    Question(
        "numbers",
        ("text",),
        "Are ids numbers or text?",
        "Numbers in every typed client.",
    ),
    Question(
        "organization_numbers",
        ("int",),
        "Is an organisation number text or a number?",
        "Text in one client, a number in another whose tenant has none.",
    ),
    Question("null_names", (True,), "May names be null?", "Every typed client lets them."),
    Question(
        "full_name",
        ("empty", "odd"),
        "Can `fullName` be trusted?",
        "One client says that it has a bug in Pureservice.",
    ),
    Question(
        "dates",
        ("offset", "naive", "fraction"),
        "How are moments written?",
        "With Z where one is seen; .NET writes offsets and seven decimals as well.",
    ),
    Question(
        "string_escapes",
        ("doubled",),
        "How is a quote written within a string of a filter?",
        "Two versions of the library disagree; we refuse such values.",
    ),
    Question("case_sensitive", (True,), "Do filters tell letter cases apart?", "Depends on the database's collation."),
    Question("unknown_include", ("ignore",), "What does an unknown relation meet in `include`?", "Not known."),
    Question("legacy_request_id", (True,), "Is an e-mail's ticket still called request?", "Until December 2024."),
    Question("ignore_agent_on_create", (True,), "Is the agent of a new ticket kept?", "One client sets it afterwards."),
    Question(
        "communication_sends_email",
        (False,),
        "Does a message that is created send an e-mail?",
        "Tried once, never proven; we send ourselves unless told otherwise.",
    ),
    Question("notes_visibility", (0, 2), "Which visibility has a note in the end?", "Two clients' tables disagree."),
    Question(
        "refused_lookup",
        tuple(f"{name} {status}" for name in LOOKED_UP for status in (403, 404)),
        "Which look-ups may a key be refused?",
        "Keys can be limited; to what, apart from zones, is not described.",
    ),
)


def singles() -> Iterator[tuple[Question, Any]]:
    """Every answer but the safest, one at a time."""
    return ((question, value) for question in QUESTIONS for value in question.values)
