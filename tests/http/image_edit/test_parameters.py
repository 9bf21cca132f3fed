"""Every parameter of an edit document changes the request that is run: a parameter without an entry here fails."""

import types
import typing
from collections.abc import Iterator, Mapping
from typing import Any, get_args, get_type_hints

import pytest
from attrs import field, fields, frozen, has

from photomill.editing.request import EditRequest
from photomill_http.image_edit.document import OperationsOptions, OutputOptions
from photomill_http.image_edit.translate import contract_path, read_edit

Json = dict[str, Any]


@frozen
class Effect:
    """Two documents that differ in one parameter.

    :ivar given: the operations, or the output, with the parameter.
    :ivar base: without it.
    """

    given: Json
    base: Json = field(factory=dict)


def under(*path: str) -> Any:
    """Makes effects below some objects: ``under("a", "b")(given, base)``."""

    def effect(given: Any, base: Any = None) -> Effect:
        for name in reversed(path):
            given, base = {name: given}, ({name: base} if base is not None else None)
        return Effect(given, base or {})

    return effect


RESTORED = under("restorations")
ADJUSTED = under("adjustments")
REMOVED = under("background", "remove")
BLURRED = under("background", "blur")
STYLE = {"style_reference_image": "storage://a/b.jpg"}
STYLED = under("generative", "style_transfer")
SIZE = {"width": 90, "height": 60}
OUTPAINT = {"type": "outpaint"}


def fitted(given: Any, base: Any = None) -> Effect:
    return Effect(
        {"resizing": {**SIZE, "fit": given}}, {"resizing": {**SIZE, "fit": base or "crop"}}
    )


def versioned(kind: str) -> Effect:
    given = {"type": "products", "version": "1"}
    return Effect({"background": {"remove": {"category": given}}}, {"background": {"remove": True}})


OPERATIONS: Mapping[str, Effect] = {
    "PhotoUpscale.type": RESTORED({"upscale": {"type": "photo", "version": "2"}}, {}),
    "PhotoUpscale.version": RESTORED(
        {"upscale": {"type": "photo", "version": "3"}},
        {"upscale": {"type": "photo", "version": "1"}},
    ),
    "RestorationsOptions.decompress": RESTORED({"decompress": "strong"}),
    "RestorationsOptions.upscale": RESTORED({"upscale": "faces"}, {"upscale": "digital_art"}),
    "RestorationsOptions.polish": RESTORED({"polish": True}),
    "HdrOptions.intensity": ADJUSTED({"hdr": {"intensity": 40}}, {"hdr": {}}),
    "HdrOptions.stitching": ADJUSTED({"hdr": {"stitching": True}}, {"hdr": {}}),
    "AdjustmentsOptions.hdr": ADJUSTED({"hdr": 40}),
    "AdjustmentsOptions.exposure": ADJUSTED({"exposure": 40}),
    "AdjustmentsOptions.saturation": ADJUSTED({"saturation": 40}),
    "AdjustmentsOptions.contrast": ADJUSTED({"contrast": 40}),
    "AdjustmentsOptions.sharpness": ADJUSTED({"sharpness": 40}),
    "SelectiveOptions.object_to_keep": REMOVED(
        {"selective": {"object_to_keep": "a dog"}}, {"selective": {"object_to_keep": "a cat"}}
    ),
    "VersionedCategory.type": versioned("products"),
    "RemovalOptions.clipping": REMOVED({"clipping": True}, True),
    "RemovalOptions.selective": REMOVED({"selective": {"object_to_keep": "a dog"}}, True),
    "RemovalOptions.category": REMOVED({"category": "cars"}, True),
    "BlurOptions.selective": BLURRED({"selective": {"object_to_keep": "a dog"}}, True),
    "BlurOptions.category": BLURRED({"category": "cars"}, True),
    "BlurOptions.type": BLURRED({"type": "lens"}, True),
    "BlurOptions.level": BLURRED({"level": "high"}, True),
    "BackgroundOptions.remove": under("background")({"remove": True}),
    "BackgroundOptions.color": under("background")({"color": "#ff0000"}),
    "BackgroundOptions.blur": under("background")({"blur": True}),
    "BackgroundOptions.use_original_alpha": under("background")(
        {"remove": True, "use_original_alpha": True}, {"remove": True}
    ),
    "FocalPointOptions.x": fitted(
        {"type": "crop", "focal_point": {"x": 0.2, "y": 0.5}},
        {"type": "crop", "focal_point": {"x": 0.8, "y": 0.5}},
    ),
    "FocalPointOptions.y": fitted(
        {"type": "crop", "focal_point": {"x": 0.5, "y": 0.2}},
        {"type": "crop", "focal_point": {"x": 0.5, "y": 0.8}},
    ),
    "CropOptions.type": fitted({"type": "crop"}, {"type": "bounds"}),
    "CropOptions.crop": fitted({"type": "crop", "crop": "smart"}),
    "CropOptions.focal_point": fitted({"type": "crop", "focal_point": {"x": 0.2, "y": 0.5}}),
    "UntypedCropOptions.crop": fitted({"crop": "face"}, {"crop": "center"}),
    "UntypedCropOptions.focal_point": fitted(
        {"crop": "center", "focal_point": {"x": 0.2, "y": 0.5}}, {"crop": "center"}
    ),
    "CoverOptions.type": fitted({"type": "cover"}),
    "BoundsOptions.type": fitted({"type": "bounds"}),
    "CanvasOptions.type": fitted({"type": "canvas"}),
    "OutpaintOptions.type": fitted(OUTPAINT),
    "OutpaintOptions.feathering": fitted({**OUTPAINT, "feathering": "30%"}, OUTPAINT),
    "OutpaintOptions.outpaint_by": Effect(
        {"resizing": {"fit": {**OUTPAINT, "outpaint_by": "100px"}}}, {}
    ),
    "ResizingOptions.width": Effect({"resizing": {"width": 90}}),
    "ResizingOptions.height": Effect({"resizing": {"height": 90}}),
    "ResizingOptions.fit": fitted("canvas"),
    "ResizingOptions.enlarge": Effect({"resizing": {**SIZE, "enlarge": False}}, {"resizing": SIZE}),
    "PrivacyOptions.blur_car_plate": under("privacy")({"blur_car_plate": True}),
    "PrivacyOptions.identity_crop": under("privacy")({"identity_crop": True}),
    "StyleTransferOptions.style_reference_image": STYLED(
        {"style_reference_image": "storage://a/c.jpg"}, STYLE
    ),
    "StyleTransferOptions.prompt": STYLED({**STYLE, "prompt": "in oil"}, STYLE),
    "StyleTransferOptions.depth_strength": STYLED({**STYLE, "depth_strength": 0.5}, STYLE),
    "StyleTransferOptions.denoising_strength": STYLED({**STYLE, "denoising_strength": 0.5}, STYLE),
    "StyleTransferOptions.style_strength": STYLED({**STYLE, "style_strength": 0.5}, STYLE),
    "GenerativeOptions.style_transfer": STYLED(STYLE),
    "OperationsOptions.restorations": RESTORED({"polish": True}),
    "OperationsOptions.adjustments": ADJUSTED({"exposure": 4}),
    "OperationsOptions.background": under("background")({"remove": True}),
    "OperationsOptions.resizing": Effect({"resizing": SIZE}),
    "OperationsOptions.padding": Effect({"padding": "10%"}),
    "OperationsOptions.privacy": under("privacy")({"identity_crop": True}),
    "OperationsOptions.generative": STYLED(STYLE),
    "OperationsOptions.speed": Effect({"speed": "fast"}),
    "OperationsOptions.extensions": Effect({"extensions": {"overlay.watermark": {"text": "a"}}}),
}
FORMATTED = under("format")
LOSSY = {"type": "lossy", "quality": 30}
OUTPUT: Mapping[str, Effect] = {
    "JpegFormat.type": Effect({"format": {"type": "jpeg"}}, {"format": "png"}),
    "JpegFormat.quality": FORMATTED({"type": "jpeg", "quality": 30}),
    "JpegFormat.subsampling": FORMATTED({"type": "jpeg", "subsampling": "4:4:4"}, {"type": "jpeg"}),
    "JpegFormat.progressive": FORMATTED({"type": "jpeg", "progressive": False}),
    "PngFormat.type": FORMATTED({"type": "png"}),
    "PngFormat.compression": FORMATTED({"type": "png", "compression": "best"}, {"type": "png"}),
    "LossyCompression.type": FORMATTED(
        {"type": "tiff", "compression": {"type": "lossy"}}, {"type": "tiff"}
    ),
    "LossyCompression.quality": FORMATTED({"type": "webp", "compression": LOSSY}, {"type": "webp"}),
    "LosslessCompression.type": FORMATTED(
        {"type": "webp", "compression": {"type": "lossless"}}, {"type": "webp"}
    ),
    "WebpFormat.type": FORMATTED({"type": "webp"}),
    "WebpFormat.compression": FORMATTED(
        {"type": "webp", "compression": "lossless"}, {"type": "webp"}
    ),
    "AvifFormat.type": FORMATTED({"type": "avif"}),
    "AvifFormat.compression": FORMATTED(
        {"type": "avif", "compression": "lossless"}, {"type": "avif"}
    ),
    "TiffFormat.type": FORMATTED({"type": "tiff"}),
    "TiffFormat.compression": FORMATTED({"type": "tiff", "compression": "lossy"}, {"type": "tiff"}),
    "AutomaticFormat.type": FORMATTED({"type": "auto"}),
    "RgbColorSpace.type": under("metadata", "color_space")({"type": "RGB"}),
    "CmykColorSpace.type": under("metadata", "color_space")({"type": "CMYK"}),
    "CmykColorSpace.color_profile": under("metadata", "color_space")(
        {"type": "CMYK", "color_profile": "ISO_Coated"}, {"type": "CMYK"}
    ),
    "MetadataOptions.dpi": under("metadata")({"dpi": 300}),
    "MetadataOptions.color_space": under("metadata")({"color_space": "CMYK"}),
    "MetadataOptions.keep": under("metadata")({"keep": True}),
    "OutputOptions.format": Effect({"format": "png"}),
    "OutputOptions.destination": Effect({"destination": "storage://a/b/"}),
    "OutputOptions.metadata": under("metadata")({"dpi": 300}),
    "OutputOptions.max_bytes": Effect({"max_bytes": 9000}),
}
WITHOUT = {
    "VersionedCategory.version": "the document says itself that the version says nothing any more",
}
"""Parameters of older clients, which are told in their descriptions to mean nothing."""


def classes_in(annotation: Any) -> Iterator[type]:
    """The option classes that an annotation names."""
    if isinstance(annotation, type) and has(annotation):
        yield annotation
    elif isinstance(annotation, types.UnionType) or typing.get_origin(annotation) is not None:
        for part in get_args(annotation):
            yield from classes_in(part)


def parameters_of(root: type) -> set[str]:
    """Each parameter below a class, as ``Class.name``."""
    found: set[str] = set()
    waiting, seen = [root], {root}
    while waiting:
        kind = waiting.pop()
        found.update(f"{kind.__name__}.{attribute.name}" for attribute in fields(kind))
        for annotation in get_type_hints(kind).values():
            for inner in classes_in(annotation):
                if inner not in seen:
                    seen.add(inner)
                    waiting.append(inner)
    return found


def test_every_parameter_has_an_entry() -> None:
    assert set(OPERATIONS) | set(WITHOUT) == parameters_of(OperationsOptions)
    assert set(OUTPUT) == parameters_of(OutputOptions)
    assert not set(OPERATIONS) & set(WITHOUT)


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_each_operation_changes_the_request(name: str) -> None:
    effect = OPERATIONS[name]
    assert read_edit(effect.given).request != read_edit(effect.base).request


@pytest.mark.parametrize("name", sorted(OUTPUT))
def test_each_wish_for_the_result_changes_the_request(name: str) -> None:
    effect = OUTPUT[name]
    assert read_edit({}, effect.given) != read_edit({}, effect.base)


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("padding", "operations.padding"),
        ("tone.exposure", "operations.adjustments.exposure"),
        ("background.colour", "operations.background.color"),
        ("background.remove.clipping", "operations.background.remove.clipping"),
        ("style.reference", "operations.generative.style_transfer.style_reference_image"),
        ("extensions.overlay.watermark.image", "operations.extensions.overlay.watermark.image"),
        ("destination", "output.destination"),
        ("output.max_bytes", "output.max_bytes"),
        ("input", "input"),
        ("", ""),
    ],
)
def test_errors_name_parameters_as_the_contract_does(path: str, name: str) -> None:
    assert contract_path(path) == name


def test_every_parameter_of_a_request_has_a_name_here() -> None:
    for attribute in fields(EditRequest):
        assert contract_path(attribute.name).partition(".")[0] in ("operations", "output")


def test_what_means_nothing_is_accepted() -> None:
    plain = read_edit({"background": {"remove": {"category": "products"}}})
    given = {"type": "products", "version": "2"}
    assert read_edit({"background": {"remove": {"category": given}}}) == plain
