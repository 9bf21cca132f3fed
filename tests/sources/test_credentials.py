"""Names and passwords in addresses."""

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from photomill.errors import InvalidInput
from photomill.sources.credentials import (
    has_credentials,
    refuse_credentials,
    without_credentials,
)


@pytest.mark.parametrize(
    ("uri", "shown"),
    [
        ("https://user:secret@h.example/a.jpg?b#c", "https://h.example/a.jpg?b#c"),
        ("https://user@h.example", "https://h.example"),
        ("http://a:b@c:d@h.example:80/x", "http://h.example:80/x"),
        ("http://u:p@[::1]:8080/", "http://[::1]:8080/"),
        ("https://h.example/a@b.jpg", "https://h.example/a@b.jpg"),
        ("https://h.example?mail=a@b", "https://h.example?mail=a@b"),
        ("storage://shelf/a@b.jpg", "storage://shelf/a@b.jpg"),
        ("a@b.jpg", "a@b.jpg"),
        ("HTTPS://u:p@h\\@x/", "HTTPS://h\\@x/"),
    ],
)
def test_an_address_without_them(uri: str, shown: str) -> None:
    assert without_credentials(uri) == shown
    assert has_credentials(uri) == (uri != shown)


@given(
    secret=st.text("abc:@%40", min_size=1),
    rest=st.text("abc/?#@:", max_size=20).map(lambda text: f"/{text}"),
)
def test_nothing_of_them_is_left(secret: str, rest: str) -> None:
    uri = f"https://{secret}@host.example{rest}"
    shown = without_credentials(uri)
    assert shown == f"https://host.example{rest}"
    assert not urlsplit(shown).username
    assert not has_credentials(shown)
    with pytest.raises(InvalidInput) as raised:
        refuse_credentials(uri, "input")
    assert raised.value.path == "input"
