"""Names of files as ids of records."""

import os

from hypothesis import example, given
from hypothesis import strategies as st

from photomill.importing import escaped, unescaped


@given(st.binary(min_size=1, max_size=30))
@example(b"latin\xe9.jpg")
@example(rb"latin\xe9.jpg")
@example(b"\\\xe9\\x5c\\x5cxe9")
def test_every_name_is_given_back(written: bytes) -> None:
    name = os.fsdecode(written)
    text = escaped(name)
    text.encode()
    assert os.fsencode(unescaped(text)) == written


@given(st.binary(min_size=1, max_size=12), st.binary(min_size=1, max_size=12))
def test_unlike_names_stay_unlike(one: bytes, other: bytes) -> None:
    same = escaped(os.fsdecode(one)) == escaped(os.fsdecode(other))
    assert same == (one == other)


def test_what_is_unicode_stays_as_it_is() -> None:
    for name in ("a.jpg", "été/ž.png", "50%E9.jpg", "back\\slash.png"):
        assert escaped(name) == name
    assert escaped(os.fsdecode(b"latin\xe9.jpg")) == r"latin\xe9.jpg"
    assert escaped(r"latin\xe9.jpg") == r"latin\x5cxe9.jpg"
