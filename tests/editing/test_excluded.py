"""Operations that one request does not name together."""

from typing import Any, ClassVar

import pytest
from attrs import evolve, frozen

from photomill.components import EditContext, EditOperation, Stage
from photomill.components.toolbox import Tool, Tools
from photomill.editing.edit import extension_steps
from photomill.editing.request import EditRequest
from photomill.errors import InvalidInput
from photomill.images.raster import Raster

Extensions = dict[str, dict[str, Any]]
PRODUCT: Extensions = {"background.product": {"share": 0.8}}
MASK: Extensions = {"background.mask_image": {"enabled": True}}


@frozen
class Amount:
    amount: float = 0.0


class Frame(EditOperation):
    name = "frame"
    operation = "test.frame"
    stage = Stage.BACKGROUND
    excludes: ClassVar[frozenset[str]] = frozenset({"background.product"})
    Parameters = Amount

    def _apply(self, raster: Raster, parameters: Any, context: EditContext) -> Raster:
        return raster


def test_an_operation_says_what_it_does_not_go_with(tools: Tools) -> None:
    with pytest.raises(InvalidInput) as refused:
        extension_steps(EditRequest(extensions=PRODUCT | MASK), tools)
    assert refused.value.path == "extensions.background.mask_image"
    assert refused.value.message == "does not go with background.product"


@pytest.mark.parametrize(
    "extensions",
    [PRODUCT, MASK, PRODUCT | {"background.mask_image": {}}, MASK | {"background.product": {}}],
)
def test_one_that_changes_nothing_goes_with_all(tools: Tools, extensions: Any) -> None:
    assert len(extension_steps(EditRequest(extensions=extensions), tools)) == len(extensions)


def test_a_plugin_may_say_so_too(tools: Tools) -> None:
    more = evolve(tools, editors=[*tools.editors, Tool("frame", Frame, None)])
    frame: Extensions = {"test.frame": {"amount": 1.0}}
    assert len(extension_steps(EditRequest(extensions=frame | MASK), more)) == 2
    with pytest.raises(InvalidInput, match=r"does not go with background\.product"):
        extension_steps(EditRequest(extensions=frame | PRODUCT), more)
