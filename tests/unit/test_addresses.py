"""Addresses as people write them, and as they are sent to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.addresses import InvalidAddress, identity, is_local, normalise, valid_organisation_number


@pytest.mark.parametrize(
    ("raw", "address"),
    [
        ("post@eksempel.no", "post@eksempel.no"),
        ("  Post@Eksempel.NO ", "Post@eksempel.no"),
        ("post@\u00a0eksempel.no", "post@eksempel.no"),
        ("po st@eks\u200bempel.no", "post@eksempel.no"),
        ("post@eksempel.no.", "post@eksempel.no"),
        ("post@eksempel.no..", "post@eksempel.no"),
        ("mailto:post@eksempel.no", "post@eksempel.no"),
        ("Kari Nordmann <kari@eksempel.no>", "kari@eksempel.no"),
        ("post@eksempel.no;", "post@eksempel.no"),
        ("kari@blåbær.no", "kari@xn--blbr-roah.no"),
        ("KARI@BLÅBÆR.NO", "KARI@xn--blbr-roah.no"),
        ("o'brien+x@eksempel.no", "o'brien+x@eksempel.no"),
    ],
)
def test_what_people_write_becomes_an_address(raw, address):
    assert normalise(raw) == address


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("", "empty"),
        (" \u00a0 ", "empty"),
        ("post(at)eksempel.no", "no_at"),
        ("@eksempel.no", "no_at"),
        ("post@", "no_at"),
        ("kari.@eksempel.no", "local_part"),
        (".kari@eksempel.no", "local_part"),
        ("ka..ri@eksempel.no", "local_part"),
        ("a" * 65 + "@eksempel.no", "local_part"),
        ("a>b@eksempel.no", "local_part"),
        ("kåre@eksempel.no", "utf8_local_part"),
        ("post@eksempel", "domain"),
        ("post@-eksempel.no", "domain"),
        ("post@eksempel.123", "domain"),
        ("post@[127.0.0.1]", "domain"),
        ("post@eks_empel.no", "domain"),
        ("a@b.no; c@d.no", "several"),
        ("a@b.no,c@d.no", "several"),
        ("a@b@c.no", "several"),
        ("a@b.no>\r\nRCPT TO:<evil@x.no", "several"),
        ("a" * 60 + "@" + "b." * 100 + "no", "too_long"),
    ],
)
def test_what_can_not_be_sent_to_says_why(raw, code):
    with pytest.raises(InvalidAddress) as caught:
        normalise(raw)

    assert caught.value.code == code


@given(st.text(max_size=80))
def test_nothing_that_passes_can_break_a_header(raw):
    try:
        address = normalise(raw)
    except InvalidAddress:
        return
    assert address.isascii()
    assert not any(character.isspace() or not character.isprintable() for character in address)
    assert not set(address) & set('<>,;:"()[]\\')
    assert normalise(address) == address


@given(st.emails())
def test_what_passes_passes_again_unchanged(raw):
    try:
        address = normalise(raw)
    except InvalidAddress:
        return
    assert normalise(address) == address
    assert identity(address) == identity(normalise(address.upper()))


@pytest.mark.parametrize(("address", "local"), [("a@x.local", True), ("a@X.LOCAL", True), ("a@local.no", False)])
def test_local_addresses_are_known(address, local):
    assert is_local(address) is local


@pytest.mark.parametrize(
    ("number", "valid"),
    [("974760673", True), ("974 760 673", True), ("974760674", False), ("12345678", False), ("97476067x", False)],
)
def test_organisation_numbers_carry_a_check_digit(number, valid):
    assert valid_organisation_number(number) is valid
