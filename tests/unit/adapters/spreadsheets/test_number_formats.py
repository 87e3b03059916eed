"""A number as its cell shows it in Norwegian Excel."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.adapters.spreadsheets.number_formats import formatted


@pytest.mark.parametrize(
    ("value", "code", "shown"),
    [
        ("123", "00000", "00123"),
        ("123456", "0000", "123456"),
        ("974760673", r"000\ 000\ 000", "974 760 673"),
        ("74760673", "000 000 000", "074 760 673"),
        ("0", "0", "0"),
        ("0", "#", ""),
        ("1234.5", "0", "1235"),
        ("1234.5", "0.00", "1234,50"),
        ("1234.5", "0.0#", "1234,5"),
        ("0.5", "#.00", ",50"),
        ("1234567.891", "#,##0.00", "1\u00a0234\u00a0567,89"),
        ("12", "#,##0", "12"),
        ("0.125", "0.0%", "12,5%"),
        ("0.25", "0 %", "25 %"),
        ("-5", "0.0", "-5,0"),
        ("-5", "0;(0)", "(5)"),
        ("0", '0;-0;"ingen"', "ingen"),
        ("1500", '"kr" #,##0', "kr 1\u00a0500"),
        ("1500", r"[$kr-414]\ #,##0;[Red]\-#,##0", "kr 1\u00a0500"),
        ("-1500", r"[$kr-414]\ #,##0;[Red]\-#,##0", "-1\u00a0500"),
        ("1500", r'_ * #,##0.00_ ;_ * \-#,##0.00_ ;_ * "-"??_ ;_ @_ ', "1\u00a0500,00"),
        ("0", r'_ * #,##0.00_ ;_ * \-#,##0.00_ ;_ * "-"??_ ;_ @_ ', "-"),
        ("5", ";;;", ""),
    ],
)
def test_a_form_that_offices_use(value, code, shown):
    assert formatted(Decimal(value), code) == shown


@pytest.mark.parametrize("code", ["General", "0.00E+00", "# ?/?", "@", "0,", "0.0.0", "", "0" * 300])
def test_a_form_that_is_not_known_is_left_to_the_plain_number(code):
    assert formatted(Decimal(5), code) is None


@given(
    st.integers(-(10**15), 10**15).map(lambda whole: Decimal(whole) / 100),
    st.text('0#?,.%-+ "\\;_*[]$krE@', max_size=12),
)
def test_whatever_form_a_file_has_no_digit_is_made_up(value, code):
    """What is written without decimals, thousands and words is the number again, where the form keeps it whole."""
    shown = formatted(value, code)

    assert shown is None or isinstance(shown, str)
    if shown is not None and formatted(value, "0.00") and code.count("0") and set(code) <= {"0"}:
        assert int(shown.replace("-", "")) == abs(int(value.quantize(Decimal(1), rounding="ROUND_HALF_UP")))
