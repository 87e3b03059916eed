"""What an answer of Pureservice holds, and what it means when it is not what we asked for."""

from datetime import UTC, datetime

import httpx
import pytest

from dispatch.adapters.pureservice import responses
from dispatch.adapters.pureservice.reading import by_id, parse
from dispatch.adapters.pureservice.records import CommunicationRow, RelationRow, TicketRow, UserRow
from dispatch.core import TicketSystemBusy, TicketSystemRefused, UnreadableRow

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
KEY = "eyJ-the-key"


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("17", 17.0),
        (" 2.5 ", 2.5),
        ("0", 1.0),
        ("86400", 600.0),
        ("Mon, 23 Nov 2026 12:00:42 GMT", 42.0),
        ("Mon, 23 Nov 2026 12:00:42 -0000", 42.0),
        ("Mon, 23 Nov 2026 11:00:00 GMT", 1.0),
        ("Tue, 24 Nov 2026 12:00:00 GMT", 600.0),
        ("", None),
        ("soon", None),
        ("nan", None),
        ("inf", None),
        ("-5", None),
        ("9" * 400, None),
        ("Mon, 99 Nov 2026 12:00:00 GMT", None),
    ],
)
def test_retry_after_is_seconds_or_a_date_and_bounded(header, seconds):
    assert responses.retry_after(header, now=NOON) == seconds


def fault(status: int, *, text: str = "", **headers: str) -> Exception | None:
    response = httpx.Response(status, text=text, headers=headers)
    return responses.failure("GET", "ticket/1", response, secret=KEY)


@pytest.mark.parametrize("status", range(200, 600))
def test_every_status_lands_somewhere(status):
    error = fault(status)

    if status < 300:
        assert error is None
    elif status in (408, 429) or status >= 500:
        assert isinstance(error, TicketSystemBusy)
        assert error.status == status
    else:
        assert isinstance(error, TicketSystemRefused)
        assert error.status == status


def test_a_busy_server_says_how_long_and_otherwise_we_guess():
    waits = [fault(429), fault(503), fault(429, **{"Retry-After": "7"}), fault(503, **{"Retry-After": "120"})]

    assert [error.retry_after for error in waits if isinstance(error, TicketSystemBusy)] == [15.0, 30.0, 7.0, 120.0]


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_key_is_told_by_the_setting_s_name(status):
    assert "PURESERVICE_APIKEY" in str(fault(status, text='{"message": "Authorization has been denied"}'))


def test_a_redirect_points_at_the_setting():
    assert "PURESERVICE_URL" in str(fault(302, Location="https://login.example/"))


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ('{"message": "No property \'x\' exists"}', "No property 'x' exists"),
        ('{"Message": "No property"}', "No property"),
        (
            '{"message": "An error has occurred.", "exceptionMessage": "No property"}',
            "An error has occurred. No property",
        ),
        ('{"message": "Invalid.", "modelState": {"limit": ["too big"]}}', "Invalid. {'limit': ['too big']}"),
        ('{"error": "odd"}', '{"error": "odd"}'),
        ('{"message": null}', '{"message": null}'),
        ('["odd"]', '["odd"]'),
        ("<html>\r\n  <b>Bad gateway</b></html>", "<html> <b>Bad gateway</b></html>"),
        ("", ""),
        ("x" * 9000, "x" * 499 + "…"),
    ],
)
def test_the_server_s_own_words_are_kept_short(body, words):
    assert responses.words_of(httpx.Response(400, text=body), secret=KEY) == words


def test_neither_the_key_nor_an_address_is_repeated():
    body = f'{{"message": "Authorization: Bearer {KEY} for kari@eksempel.no (email=<ola.n@x.no>)"}}'

    words = responses.words_of(httpx.Response(400, text=body), secret=KEY)

    assert words == "Authorization: Bearer (key) for (address) (email=<(address)>)"


@pytest.mark.parametrize(
    "body",
    [
        "<html>Log in</html>",
        "",
        '{"tickets": [{"id": 1}',
        "[]",
        "null",
        '{"message": "ok"}',
        '{"users": []}',
        '{"tickets": {"id": 1}}',
        '{"tickets": [1, 2]}',
        '{"tickets": null}',
    ],
)
def test_an_answer_without_its_envelope_is_never_an_empty_list(body):
    with pytest.raises(TicketSystemBusy) as caught:
        responses.read("ticket/", httpx.Response(200, text=body))

    assert caught.value.status == 200


@pytest.mark.parametrize(
    "linked", ["", ', "linked": null', ', "linked": {}', ', "linked": []', ', "Linked": {"users": null}']
)
def test_nothing_side_loaded_is_no_fault(linked):
    answer = responses.read("ticket/", httpx.Response(200, text=f'{{"Tickets": [{{"id": 1}}]{linked}}}'))

    assert answer.rows == [{"id": 1}]
    assert answer.side("users") == []


def test_no_content_is_no_list_without_rows():
    with pytest.raises(TicketSystemBusy, match="the answer is empty"):
        responses.read("ticket/", httpx.Response(204))


# --- rows


def test_names_are_read_in_any_letter_case_and_unknown_ones_are_ignored():
    row = {"ID": "9001", "requestnumber": 10234, "StatusID": 5, "IsMarkedForDeletion": None, "cf_1": {"new": True}}

    ticket = parse(TicketRow, row, path="ticket")

    assert (ticket.id, ticket.request_number, ticket.status_id) == (9001, 10234, 5)
    assert ticket.is_marked_for_deletion is False


def test_a_reference_may_stand_among_the_links_and_the_flat_one_wins():
    row = {"id": 1, "links": {"type": {"id": 61, "type": "relationshiptype"}, "toUser": {"id": 301}, "toAsset": None}}

    assert parse(RelationRow, row, path="relationship").type_id == 61
    assert parse(RelationRow, {**row, "toUserId": 302}, path="relationship").to_user_id == 302
    assert parse(RelationRow, {**row, "links": {"type": {"ids": [1]}}, "typeId": 7}, path="").type_id == 7


@pytest.mark.parametrize("name", ["ticketId", "requestId", "requestID"])
def test_a_ticket_was_once_called_a_request(name):
    assert parse(CommunicationRow, {"id": 1, "type": 2, name: 9001}, path="").ticket_id == 9001


@pytest.mark.parametrize(("given", "kept"), [(7001, 7001), ("7001", 7001), ("<abc@etat.no>", 0), (None, 0)])
def test_a_communication_s_message_id_is_a_number_or_nothing(given, kept):
    assert parse(CommunicationRow, {"id": 1, "type": 2, "messageId": given}, path="").message_id == kept


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ({"id": 9001, "statusId": 5}, "requestNumber"),
        ({"id": 9001, "statusId": None, "requestNumber": 1}, "statusId"),
        ({"statusId": 5, "requestNumber": 1}, "id"),
        ({"id": 9001, "statusId": 5, "requestNumber": 1, "subject": {"secret": "kari@eksempel.no"}}, "subject"),
    ],
)
def test_a_row_that_can_not_be_read_says_which_field_and_not_what_was_in_it(row, field):
    with pytest.raises(UnreadableRow, match=rf"\b{field}\b") as caught:
        parse(TicketRow, row, path="ticket")

    assert "kari" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_numbers_in_text_fields_are_text():
    assert parse(UserRow, {"id": 1, "firstName": 7}, path="").first_name == "7"
    assert sorted(by_id(UserRow, [{"id": 2}, {"id": 1}, {"id": 2}], path="")) == [1, 2]
