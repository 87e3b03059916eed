"""Tickets and what hangs on them."""

from local.simulators.pureservice.schema import Resource, ToMany, resource


def ticket_resources(*, legacy_request_id: bool) -> list[Resource]:
    """Tickets, communications, emails and attachments."""
    return [_ticket(), *_communications(), _email(legacy_request_id=legacy_request_id), _attachment()]


def _ticket() -> Resource:
    return resource(
        "ticket",
        texts="subject description solution emailAddress customerReference coordinates",
        values={
            "requestNumber": 0,
            "origin": 1,
            "visibility": 0,
            "isMarkedForDeletion": False,
            "reopenedCount": 0,
            "reopenChildren": False,
            "totalTimelogMinutes": 0,
        },
        numbers="channelId",
        moments="responded resolved closed reopened userWaitedSince userReminded pendingUserSince",
        to_one={
            "requestType": "requesttype",
            "ticketType": "tickettype",
            "priority": "priority",
            "status": "status",
            "source": "source",
            "user": "user",
            "assignedAgent": "user",
            "assignedTeam": "team",
            "assignedDepartment": "department",
            "category1": "category",
            "category2": "category",
            "category3": "category",
            "resolvedBy": "user",
            "createdBy": "user",
            "modifiedBy": "user",
        },
        to_many=(
            ToMany("attachments", "attachment", "ticketId"),
            ToMany("communications", "communication", "ticketId", shown=False),
            ToMany("emails", "email", "ticketId", shown=False),
            ToMany("relationships", "relationship", "fromTicketId", shown=False),
            ToMany("recipientsCc", "communicationrecipient", ids_column="recipientCcIds", shown=False),
        ),
        custom_fields=True,
        read_only="requestNumber reopenedCount totalTimelogMinutes reopened resolved closed responded",
    )


def _communications() -> list[Resource]:
    return [
        resource(
            "communication",
            texts="typeName subject text statusMessage relatedRequestNumbers",
            values={"type": 2, "direction": 3, "visibility": 0, "status": 0, "isBoundary": False, "isPinned": False},
            numbers="changeId messageId",
            to_one={
                "ticket": "ticket",
                "sender": "communicationrecipient",
                "customType": "communicationtype",
                "parentCommunication": "communication",
            },
            to_many=(
                ToMany("attachments", "attachment", ids_column="attachmentIds"),
                ToMany("recipients", "communicationrecipient", ids_column="recipientIds"),
                ToMany("recipientsCc", "communicationrecipient", ids_column="recipientCcIds"),
            ),
            read_only="typeName messageId",
        ),
        resource("communicationrecipient", texts="type emailAddress", to_one={"user": "user"}, routable=False),
        # The path and the plural of custom types are unknown; filters reach them as ``customtype.name``.
        resource("communicationtype", texts="name", values={"disabled": False}, routable=False),
    ]


def _email(*, legacy_request_id: bool) -> Resource:
    ticket = "request" if legacy_request_id else "ticket"
    return resource(
        "email",
        texts="from fromName to cc bcc messageId subject html text inReplyTo references statusMessage statusDetails",
        values={
            "attachmentStrategy": 0,
            "direction": 2,
            "status": 0,
            "isInitial": False,
            "isSystem": False,
            "isBoundary": False,
        },
        numbers="emailDataId channelId",
        moments="statusDate",
        to_one={ticket: "ticket", "asset": "asset"},
        to_many=(ToMany("attachments", "attachment", ids_column="attachmentIds"),),
        columns={"requestId": "ticketId"},
    )


def _attachment() -> Resource:
    return resource(
        "attachment",
        texts="name fileName contentType size",
        values={"contentLength": 0, "isVisible": True, "isPartOfCurrentSolution": False},
        to_one={"ticket": "ticket"},
    )
