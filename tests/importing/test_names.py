"""Names of files as ids of records."""

import os

from hypothesis import example, given
from hypothesis import strategies as st

from photomill.names import escape_name, unescape_name


@given(st.binary(min_size=1, max_size=30))
@example(b"latin\xe9.jpg")
@example(rb"latin\xe9.jpg")
@example(b"\\\xe9\\x5c\\x5cxe9")
def test_every_name_is_given_back(written: bytes) -> None:
    name = os.fsdecode(written)
    text = escape_name(name)
    text.encode()
    assert os.fsencode(unescape_name(text)) == written


@given(st.binary(min_size=1, max_size=12), st.binary(min_size=1, max_size=12))
def test_unlike_names_stay_unlike(one: bytes, other: bytes) -> None:
    same = escape_name(os.fsdecode(one)) == escape_name(os.fsdecode(other))
    assert same == (one == other)


def test_what_is_unicode_stays_as_it_is() -> None:
    for name in ("a.jpg", "été/ž.png", "50%E9.jpg", "back\\slash.png"):
        assert escape_name(name) == name
    assert escape_name(os.fsdecode(b"latin\xe9.jpg")) == r"latin\xe9.jpg"
    assert escape_name(r"latin\xe9.jpg") == r"latin\x5cxe9.jpg"
