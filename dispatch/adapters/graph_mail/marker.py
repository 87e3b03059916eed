"""How a message of ours is known again in the sender's mailbox."""

MARKER = "String {fc635e07-ed58-4f46-b979-4d8cddacd5fe} Name dispatchKey"
"""The extended property that holds ``OutgoingMail.key``. Never change it: older messages would not be found."""

IMMUTABLE_IDS = 'IdType="ImmutableId"'
"""The ``Prefer`` header under which an item keeps its id when it moves between folders."""

REQUEST_ID_HEADER = "client-request-id"
