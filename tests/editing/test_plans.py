"""What a plan says, held against the edit that follows."""

from typing import Any

import pytest

from photomill.components.output import Jpeg, Output, Png, Webp
from photomill.editing.parameters import Decompress, Hdr, Sharpness, Tone
from photomill.editing.request import (
    Background,
    Blur,
    Bounds,
    Cover,
    Crop,
    Enlargement,
    OnCanvas,
    Outpainted,
    Percent,
    Pixels,
    Removal,
    Resizing,
)
from photomill.editing.sandboxed import SandboxedEditing

from .conftest import job, photo

SMALL, LARGE = Pixels(60), Pixels(400)
REQUESTS: dict[str, dict[str, Any]] = {
    "nothing": {},
    "crop": {"resizing": Resizing(SMALL, SMALL, fit=Crop())},
    "smart crop": {"resizing": Resizing(SMALL, LARGE, fit=Crop("smart"))},
    "face crop": {"resizing": Resizing(SMALL, LARGE, fit=Crop("face"))},
    "cover": {"resizing": Resizing(LARGE, SMALL, fit=Cover())},
    "bounds": {"resizing": Resizing(Percent(50), None, fit=Bounds())},
    "canvas": {"resizing": Resizing(LARGE, LARGE, fit=OnCanvas())},
    "outpaint": {"resizing": Resizing(LARGE, LARGE, fit=Outpainted())},
    "tone": {"tone": Tone(10), "hdr": Hdr(40), "sharpness": Sharpness(30)},
    "restored": {"decompress": Decompress("auto"), "polish": True},
    "enlarged": {"upscale": Enlargement("photo"), "resizing": Resizing(LARGE, None)},
    "cut out": {"background": Background(Removal(), colour="#ff0000")},
    "blurred": {"background": Background(blur=Blur())},
    "plates": {"blur_car_plate": True},
}


@pytest.mark.parametrize("wish", REQUESTS)
@pytest.mark.parametrize("speed", ["precise", "fast"])
def test_a_plan_is_what_the_edit_does(processes: SandboxedEditing, wish: str, speed: str) -> None:
    output = Output(Png() if wish == "cut out" else Jpeg())
    wanted = job(photo((160, 120)), speed=speed, output=output, **REQUESTS[wish])
    planned, edited = processes.plan(wanted), processes.edit(wanted)
    runs = [(run.operation, run.engine) for run in edited.profiling.operations if run.engine]
    assert [(step.operation, step.engine) for step in planned.steps] == runs[:-1]
    assert (planned.input, planned.output) == (edited.input, edited.output)
    assert set(planned.notes) <= set(edited.profiling.notes)


def test_a_plan_says_where_a_size_cannot_be_known(processes: SandboxedEditing) -> None:
    planned = processes.plan(job(photo(), identity_crop=True, output=Output(Webp())))
    assert any("depends on what is found" in note for note in planned.notes)
    assert planned.output.format == "webp"
