"""Whatever the contract's schema allows is edited, or refused with a reason; nothing breaks."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from . import documents as schema

OPERATIONS = schema.operations()
OUTPUTS = schema.outputs()


@pytest.fixture(scope="module")
def uris(api: Any, make_picture: Callable[..., bytes]) -> list[str]:
    """Small images of several kinds."""
    return [
        api.write("any.png", make_picture(size=(33, 21))),
        api.write("any.jpg", make_picture(form="JPEG", size=(64, 48))),
        api.write("any.gif", make_picture(form="GIF", size=(16, 16))),
        api.write("point.png", make_picture(size=(1, 1))),
    ]


@settings(
    max_examples=40,
    derandomize=True,
    database=None,
)
@given(OPERATIONS, OUTPUTS, st.data())
def test_anything(api: Any, uris: list[str], operations: Any, output: Any, data: Any) -> None:
    _bound(operations, uris[0])
    if isinstance(output, dict):
        output.pop("destination", None)
    else:
        output = "storage://results/anything/"
    body = {"input": data.draw(st.sampled_from(uris)), "operations": operations, "output": output}
    response = api.call("POST", "/image/edit", json=body)
    assert response.status_code in (200, 422), response.text


def _bound(operations: Any, reference: str) -> None:
    """Small results, so that many can be tried, and a style that there is."""
    style = operations.get("generative", {}).get("style_transfer")
    if style is not None:
        style["style_reference_image"] = reference
    resizing = operations.get("resizing", {})
    for side in ("width", "height"):
        if isinstance(resizing.get(side), int):
            resizing[side] = resizing[side] % 150 + 1
