"""Why a file of the ticket does not go with a letter, in English."""

from dispatch.core import FileOrigin, for_every

ORIGINS = for_every(
    FileOrigin,
    {
        FileOrigin.RECEIVED: "came in with a message",
        FileOrigin.SOLUTION: "belongs to the solution",
        FileOrigin.OURS: "made by an earlier dispatch",
        FileOrigin.RECIPIENTS: "is the recipients' file",
        FileOrigin.NOT_NAMED: "on no row of the recipients' file, which says which files go to whom",
        FileOrigin.NAMED_BEFORE: "was one recipient's own with an earlier message",
        FileOrigin.TICKET: "on the ticket, while the message has files of its own",
    },
)
