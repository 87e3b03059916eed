"""How Excel writes a number in its cell: leading zeros, decimals, thousands, per cent and words around it.

What is not known here (fractions, powers, conditions) is no fault: the number is then written plainly.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from types import MappingProxyType

# Those that Excel names by a number alone.
BUILT_IN: Mapping[int, str] = MappingProxyType(
    {1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%", 37: "#,##0;-#,##0", 38: "#,##0;-#,##0",
     39: "#,##0.00;-#,##0.00", 40: "#,##0.00;-#,##0.00"}
)  # fmt: skip
LONGEST = 200  # characters of a form
_PLACE = "0#?"
_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|(?P<width>[_*].)|\[\$(?P<currency>[^\]-]*)(?:-[^\]]*)?\]|(?P<colour>\[[A-Za-z]+\])'
    r"|(?P<digit>[0#?.,%])|(?P<free>[ \-+():$€£\u00a0])|(?P<other>.)",
    re.DOTALL,
)
_SECTIONS = re.compile(r'((?:"[^"]*"|\\.|[_*].|[^;"\\_*])*);?', re.DOTALL)
_MOST_SECTIONS = 3
_SCALED = re.compile(r",[^0#?]|,$")  # a comma behind the places divides by a thousand
_COMMA = (True, ",")
_OF_DATES = frozenset("dmyhsDMYHS")


@dataclass(frozen=True, slots=True)
class _Form:
    """The signs of a form in their order; a place for a digit is marked, everything else is written as it is."""

    whole: tuple[tuple[bool, str], ...]
    zeros: int  # decimals that are always written
    decimals: int
    after: str
    thousands: bool
    percent: int


def formatted(value: Decimal, code: str) -> str | None:
    """The number as it stands in the cell; None where the form is not known here."""
    forms = _forms(code)
    which = 1 if value < 0 and len(forms) > 1 else 2 if value == 0 and len(forms) == _MOST_SECTIONS else 0
    form = forms[which] if forms else None
    if form is None:
        return None
    sign = "-" if value < 0 and len(forms) == 1 else ""
    return sign + _written(abs(value), form)


@lru_cache(maxsize=1_000)
def is_date(code: str) -> bool:
    """Whether it is the form of a day or a time."""
    signs = (token["other"] for token in _TOKEN.finditer(code[:LONGEST]))
    return any(sign is not None and sign in _OF_DATES for sign in signs)


@lru_cache(maxsize=1_000)
def _forms(code: str) -> tuple[_Form | None, ...]:
    """Those of positive, negative and zero, as far as the code has them; a fourth would be for text."""
    if len(code) > LONGEST:
        return ()
    return tuple(_form(part[1]) for part in _SECTIONS.finditer(code) if part[0])[:_MOST_SECTIONS]


def _form(section: str) -> _Form | None:
    tokens = [(str(token.lastgroup), token) for token in _TOKEN.finditer(section)]
    signs = [(kind == "digit", token[kind]) for kind, token in tokens if kind not in {"width", "colour"}]
    digits = "".join(sign for is_digit, sign in signs if is_digit)
    if any(kind == "other" for kind, _ in tokens) or digits.count(".") > 1 or _SCALED.search(digits):
        return None
    point = signs.index((True, ".")) if "." in digits else len(signs)
    places = "".join(sign for is_digit, sign in signs[point:] if is_digit and sign in _PLACE)
    return _Form(
        whole=tuple(
            (is_digit and sign in _PLACE, sign) for is_digit, sign in signs[:point] if (is_digit, sign) != _COMMA
        ),
        zeros=places.rfind("0") + 1,
        decimals=len(places),
        after="".join(sign for is_digit, sign in signs[point + 1 :] if not is_digit or sign == "%"),
        thousands="," in digits,
        percent=digits.count("%"),
    )


def _written(value: Decimal, form: _Form) -> str:
    exact = (value * 100**form.percent).quantize(Decimal(1).scaleb(-form.decimals), rounding=ROUND_HALF_UP)
    whole, _, decimals = format(exact, "f").partition(".")
    kept = decimals.rstrip("0").ljust(form.zeros, "0")
    return _filled("" if whole == "0" else whole, form) + (f",{kept}" if kept else "") + form.after


def _filled(digits: str, form: _Form) -> str:
    """The digits in their places, from the last on; the first place takes all that are left."""
    zeros = [sign for is_place, sign in form.whole if is_place]
    first = zeros.index("0") if "0" in zeros else len(zeros)
    digits = digits.rjust(len(zeros) - first, "0")
    places = len(zeros)
    written = ""
    count = 0
    for is_place, sign in reversed(form.whole):
        if not is_place:
            written = sign + written
            continue
        places -= 1
        taken, digits = (digits[-1:], digits[:-1]) if places else (digits, "")
        for digit in reversed(taken):
            gap = "\u00a0" if form.thousands and count and count % 3 == 0 else ""
            written = digit + gap + written
            count += 1
    return written
