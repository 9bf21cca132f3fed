"""Whatever an address says: a request or a clear error; and a signature is good for what was signed alone."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from photomill import Forbidden, ImageUrls, InvalidInput, decoded_source
from photomill_http.images_by_address.translate import OPTIONS, Asked, read_options

VALUES = st.one_of(
    st.integers(-200, 20_000).map(str),
    st.sampled_from(
        [
            "auto",
            "smart",
            "pad",
            "inside",
            "remove",
            "transparent",
            "ff0000",
            "0.5:0.5",
            "10:5p",
            "50p",
            "webp",
            "jpeg",
            "Acme:tile",
            "low",
            "1",
        ]
    ),
    st.text(max_size=12),
)
NAMES = st.one_of(st.sampled_from(sorted(OPTIONS)), st.text(max_size=4))
LISTED = st.lists(st.tuples(NAMES, VALUES).map("_".join), max_size=6).map(",".join)
URLS = ImageUrls({"one": b"a secret", "two": b"another"}, ["storage://open/"])


@given(st.one_of(LISTED, st.text(max_size=80)))
def test_options_are_a_request_or_an_error(text: str) -> None:
    with suppress(InvalidInput):
        asked = read_options(text)
        _check(asked)


def _check(asked: Asked) -> None:
    for accept in ("", "image/webp", "image/avif"):
        format, request = asked.edit(accept)
        assert format in ("jpeg", "webp", "png", "avif")
        assert request.output.format is not None


@given(st.text(max_size=40), st.text(min_size=1, max_size=60), st.sampled_from(["", "one", "two"]))
def test_what_is_signed_is_good(options: str, source: str, key: str) -> None:
    options = options.replace("/", "")
    url = URLS.url(source, options, key=key)
    _, _, signature, _, encoded = url.split("/")
    assert decoded_source(encoded) == source
    URLS.check(signature, options or "_", source)
    for changed in ((f"{options}x", source), (options or "_", f"{source}x")):
        with pytest.raises(Forbidden):
            URLS.check(signature, *changed)


@given(st.text(max_size=30), st.text(max_size=30), st.text(max_size=30))
def test_what_is_not_signed_is_refused(signature: str, options: str, source: str) -> None:
    with pytest.raises(Forbidden):
        URLS.check(signature, options, source)


@given(st.text(max_size=60))
def test_any_source_is_read_or_refused(text: str) -> None:
    with suppress(InvalidInput):
        assert isinstance(decoded_source(text), str)


def test_srcset() -> None:
    listed = URLS.srcset("record:1/2", "f_auto", [320, 640], base="https://a.example")
    first, second = listed.split(", ")
    url = URLS.url("record:1/2", "w_320,f_auto", base="https://a.example")
    assert first == f"{url} 320w"
    assert second.endswith(" 640w")
    with pytest.raises(InvalidInput):
        URLS.srcset("record:1/2", "", [0])
    with pytest.raises(InvalidInput, match="there are: one, two"):
        URLS.url("record:1/2", key="three")
