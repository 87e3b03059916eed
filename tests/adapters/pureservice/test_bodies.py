"""A request's body in pieces is the same JSON as in one piece, with each file as Base64."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.adapters.pureservice import bodies
from dispatch.adapters.pureservice.bodies import Body, FileBytes
from dispatch.adapters.pureservice.numbers import Numbers

words = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
nested = st.recursive(
    words | st.binary(max_size=40) | st.none(), lambda inner: st.lists(inner, max_size=4), max_leaves=8
)


async def pieces(body: Body) -> list[bytes]:
    return [piece async for piece in body]


def one_piece(value: object) -> object:
    """The value with each file as it is to arrive."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, list):
        return [one_piece(item) for item in value]
    return {name: one_piece(item) for name, item in value.items()} if isinstance(value, dict) else value


def with_files(value: object) -> object:
    if isinstance(value, bytes):
        return FileBytes(value)
    if isinstance(value, list):
        return [with_files(item) for item in value]
    return {name: with_files(item) for name, item in value.items()} if isinstance(value, dict) else value


@given(st.dictionaries(words, nested, max_size=4))
async def test_all_pieces_together_are_the_body(value):
    body = Body(with_files(value))
    whole = b"".join(await pieces(body))

    assert json.loads(whole) == one_piece(value)
    assert body.headers == {"Content-Length": str(len(whole))}
    assert b"".join(await pieces(body)) == whole, "a repeated request says the same"


@pytest.mark.parametrize("more", [-1, 0, 1, 2, 3])
async def test_a_long_file_goes_in_slices_that_fit_together(more):
    content = bytes(range(256)) * (bodies.SLICE // 128)
    content = content[: bodies.SLICE + more]
    body = Body({"files": [{"bytes": FileBytes(content)}, {"bytes": FileBytes(content)}]})

    sent = await pieces(body)

    assert [base64.b64decode(file["bytes"]) for file in json.loads(b"".join(sent))["files"]] == [content] * 2
    assert max(map(len, sent)) <= bodies.SLICE // 3 * 4


async def test_what_is_no_json_is_refused_before_anything_is_sent():
    with pytest.raises(TypeError):
        Body({"at": object()})


@given(st.lists(st.integers(-300, 300) | st.integers(-(2**40), 2**40)), st.integers(-300, 300))
def test_numbers_are_a_set(many, one):
    numbers = Numbers(many)

    assert list(numbers) == sorted(set(many))
    assert len(numbers) == len(set(many))
    assert (one in numbers) == (one in set(many))
    assert not many or numbers.last == max(many)
