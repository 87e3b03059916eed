"""Addresses as people write them, and as they are sent to."""

import pytest
from email_validator import validate_email
from hypothesis import example, given
from hypothesis import strategies as st

from dispatch.core import valid_organisation_number
from dispatch.core.addresses import InvalidAddress, identity, is_local, normalise


@pytest.mark.parametrize(
    ("raw", "address"),
    [
        ("post@eksempel.no", "post@eksempel.no"),
        ("  Post@Eksempel.NO ", "Post@eksempel.no"),
        ("post@\u00a0eksempel.no", "post@eksempel.no"),
        ("post@eks\u200bempel.no", "post@eksempel.no"),
        ("\ufeffpost @ eksempel . no\u2060", "post@eksempel.no"),
        ("po\u00adst@\teksempel.no", "post@eksempel.no"),
        ("post@ eksempel .no", "post@eksempel.no"),
        ("post@eksempel. no", "post@eksempel.no"),
        ("post@eksempel.no .", "post@eksempel.no"),
        ("post@ sub .eksempel.no", "post@sub.eksempel.no"),
        ("ola .nordmann @eksempel.no", "ola.nordmann@eksempel.no"),
        ("'c@x.no'", "c@x.no"),
        ('"c@x.no"', "c@x.no"),
        ("«c@x.no»", "c@x.no"),
        ("\u2018c@x.no\u2019", "c@x.no"),
        ("SMTP:d@x.no", "d@x.no"),
        ("smtp: d@x.no", "d@x.no"),
        ("E-post: e@x.no", "e@x.no"),
        ("epost:e@x.no", "e@x.no"),
        ("E-postadresse : e@x.no;", "e@x.no"),
        ("(f@x.no)", "f@x.no"),
        ("[f@x.no]", "f@x.no"),
        ("Nordmann, Kari <kari@x.no>", "kari@x.no"),
        ("Kari Nordmann <'kari@x.no'>", "kari@x.no"),
        ("post@eksempel.no\r\n", "post@eksempel.no"),
        ("post@eksempel.no。", "post@eksempel.no"),
        ("post@eksempel.no.", "post@eksempel.no"),
        ("post@eksempel.no..", "post@eksempel.no"),
        ("mailto:post@eksempel.no", "post@eksempel.no"),
        ("MailTo: post@eksempel.no?subject=Hei%20du", "post@eksempel.no"),
        ("Kari Nordmann <kari@eksempel.no>", "kari@eksempel.no"),
        ('"Nordmann, Kari" <kari@eksempel.no>;', "kari@eksempel.no"),
        ("Kari\r\n <mailto:kari@eksempel.no>\u200b", "kari@eksempel.no"),
        ("kari@eksempel.no <kari@eksempel.no>", "kari@eksempel.no"),
        ("kari@eksempel.no <mailto:kari@eksempel.no>", "kari@eksempel.no"),
        ("<kari@eksempel.no>", "kari@eksempel.no"),
        ("post@eksempel.no;", "post@eksempel.no"),
        ("kari@blåbær.no", "kari@xn--blbr-roah.no"),
        ("KARI@BLÅBÆR.NO", "KARI@xn--blbr-roah.no"),
        ("kari@bla\u030aba\u0308r。no", "kari@xn--blbr-noae.no"),
        ("kari@xn--blbr-roah.no", "kari@xn--blbr-roah.no"),
        ("kari@eksempel.xn--p1ai", "kari@eksempel.xn--p1ai"),
        ("a" * 64 + "@eksempel.no", "a" * 64 + "@eksempel.no"),
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
        ("a@b.no\nc@d.no", "several"),
        ("Kari <a@b.no>, Ola <c@d.no>", "several"),
        ("a@b.no>\r\nRCPT TO:<evil@x.no", "several"),
        ("po\x00st@eksempel.no", "control"),
        ("post@eksem\x7fpel.no", "control"),
        ("post@eksempel.no\r\nOslo", "control"),
        ("post\u2028@eksempel.no", "control"),
        ("post@eksempel.no Oslo", "text_after"),
        ("post@eksempel.no\u00a0(jobb)", "text_after"),
        ("post @", "no_at"),
        ("＠eksempel.no", "no_at"),
        ("<>", "empty"),
        ("mailto:", "empty"),
        (";,", "empty"),
        ("Kari <kari@eksempel.no", "text_before"),
        ('"kari nordmann"@eksempel.no', "text_before"),
        ("Kari Nordmann kari@x.no", "text_before"),
        ("po st@eksempel.no", "text_before"),
        ("Tlf 22334455 post@x.no", "text_before"),
        ("v/ ola@x.no", "text_before"),
        ("Att. kari@x.no", "text_before"),
        ("ola. nordmann@x.no", "text_before"),
        ("Kari Nordmann @x.no", "text_before"),
        ("kari@mail x.no", "text_after"),
        ("kari@x.no. Oslo", "text_after"),
        ("kari@mail.x. no", "text_after"),
        ("post@ek\tsempel.no", "text_after"),
        ("kari@x.no (jobb)", "text_after"),
        ("kari@x.no Kari", "text_after"),
        ("a@b.no <c@d.no>", "several"),
        ("a@b.no, Kari <c@d.no>", "several"),
        ("Kari (f@x.no) <f@x.no>", "several"),
        ("post@eksempel..no", "domain"),
        ("post@.no", "domain"),
        ("post@eksempel.n", "domain"),
        ("post@" + "a" * 64 + ".no", "domain"),
        ("post@℀.no", "domain"),
        ("post@☃\ud800.no", "domain"),
        ("a" * 64 + "@" + "å" * 60 + ".no", "domain"),
        ("x" * 2000, "too_long"),
        ("a" * 60 + "@" + "b." * 100 + "no", "too_long"),
    ],
)
def test_what_can_not_be_sent_to_says_why(raw, code):
    with pytest.raises(InvalidAddress) as caught:
        normalise(raw)

    assert caught.value.code == code
    assert str(caught.value) == code, "the address itself is not in what may be logged"


# Hypothesis' own addresses are fine already: the alphabet is what people and programs paste around and into them.
PASTED = st.text(
    st.sampled_from("aZ9.@-_+'<>;,:?\"()[]\\/ \t\r\n\x00\x7f\u00a0\u00ad\u200b\u2028\ufeffåØß。℀İmailto"), max_size=40
)
ANYTHING = st.one_of(PASTED, st.text(max_size=80), st.emails())


@given(st.one_of(ANYTHING, st.builds("{}@{}.no".format, PASTED, PASTED)))
def test_nothing_that_passes_can_break_a_header(raw):
    try:
        address = normalise(raw)
    except InvalidAddress:
        return
    assert address.isascii()
    assert address.isprintable()
    assert not any(character.isspace() for character in address)
    assert not set(address) & set('<>,;:"()[]\\')
    assert address.count("@") == 1
    assert len(address) <= 254


@given(st.one_of(ANYTHING, st.builds("{}@{}.no".format, PASTED, PASTED)))
def test_normalising_twice_changes_nothing(raw):
    try:
        address = normalise(raw)
    except InvalidAddress:
        return
    assert normalise(address) == address


WORDS = st.text(st.sampled_from("aZ9ø.-/:()'"), min_size=1, max_size=8)
BLANKS = st.sampled_from([" ", "  ", "\t", "\u00a0", "\u2009", "\r\n"])


@example([], [".no"], " ", "kari@x.no")
@example([], [".ø"], "\t", "kari@x.no")
@example(["ola"], [".", ".as"], " ", "ola.n@sub.x.no")
@given(
    st.lists(WORDS, max_size=3), st.lists(WORDS, max_size=3), BLANKS, st.sampled_from(["kari@x.no", "ola.n@sub.x.no"])
)
def test_words_are_never_joined_into_an_address(before, after, blank, address):
    raw = blank.join([*before, address, *after])
    try:
        found = normalise(raw)
    except InvalidAddress:
        return
    assert found == address


@given(st.builds("{}@{}.no".format, PASTED, PASTED))
def test_no_word_of_an_address_is_longer_than_what_was_written(raw):
    """Blanks close beside the @ and the dots only, so every part of the address stood there in one piece."""
    try:
        found = normalise(raw)
    except InvalidAddress:
        return
    unseen = str.maketrans("", "", "\u00ad\u200b\ufeff")
    written = raw.translate(unseen)
    local, _, domain = found.partition("@")
    assert all(part in written for part in local.split("."))
    assert domain.startswith("xn--") or "xn--" in domain or all(p in written.lower() for p in domain.split("."))


@given(st.one_of(ANYTHING, st.builds("{}@{}.no".format, PASTED, PASTED)))
def test_what_passes_is_what_the_field_s_library_takes_unchanged(raw):
    try:
        address = normalise(raw)
    except InvalidAddress:
        return
    if not is_local(address):
        found = validate_email(address, check_deliverability=False, allow_smtputf8=False, test_environment=True)
        assert found.ascii_email == address


@given(st.emails())
def test_letter_case_makes_no_other_recipient(raw):
    try:
        address = normalise(raw)
    except InvalidAddress:
        return
    assert identity(address) == identity(normalise(address.upper())) == identity(normalise(f" <{address}> "))


@given(
    st.builds("{}@eksempel.no".format, st.text("abcæø.xyz", min_size=1, max_size=8)),
    st.sampled_from(" \u00a0\u200b\ufeff"),
)
def test_what_can_not_be_seen_makes_no_other_recipient(address, mark):
    try:
        plain = normalise(address)
    except InvalidAddress as invalid:
        with pytest.raises(InvalidAddress, match=invalid.code):
            normalise(f"{mark}{address}{mark}")
        return
    assert normalise(f"{mark}{address}{mark}".replace("@", f"{mark}@{mark}")) == plain


@pytest.mark.parametrize(
    ("address", "local"),
    [
        ("a@x.local", True),
        ("a@X.LOCAL", True),
        ("a@x.local.", True),
        ("ut@e-post.pureservice.local", True),
        ("a@local.no", False),
        ("local@x.no", False),
        ("a@x.notlocal", False),
    ],
)
def test_local_addresses_are_known(address, local):
    assert is_local(address) is local


@pytest.mark.parametrize(
    ("number", "valid"),
    [
        ("974760673", True),
        ("974 760 673", True),
        ("\u00a0974\u00a0760\u00a0673\u200b", True),
        ("974760674", False),
        ("479760673", False),
        ("12345678", False),
        ("9747606730", False),
        ("97476067x", False),
        ("٩٧٤٧٦٠٦٧٣", False),
        ("000000000", False),
        ("100000130", False),  # the remainder is 1, for which there is no check digit
        ("", False),
    ],
)
def test_organisation_numbers_carry_a_check_digit(number, valid):
    assert valid_organisation_number(number) is valid


@given(st.integers(min_value=100_000_000, max_value=999_999_999), st.integers(0, 8), st.integers(1, 9))
def test_one_wrong_digit_is_always_seen(number, place, more):
    right = str(number)
    wrong = right[:place] + str((int(right[place]) + more) % 10) + right[place + 1 :]
    if valid_organisation_number(right):
        assert not valid_organisation_number(wrong)
