"""Documents made from the contract's own JSON schema, and from what it leaves to prose."""

import json
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

Json = Any

_FILE = Path(__file__).parent / "schemas/batch.json"
SCHEMAS: dict[str, Json] = json.loads(_FILE.read_text("utf-8"))["components"]["schemas"]

_percent = st.integers(1, 400).map("{}%".format)
_uris = st.sampled_from(
    ["https://shop.example/a.jpg", "http://shop.example/b.png", "storage://shop/a/b.jpg"]
)
_destinations = st.sampled_from(["storage://shop/results/", "storage://shop/results/one.jpg"])
_paddings = st.sampled_from(["5%", "40px", "5% 15%", "1px 2px", "0px 400px 0px 0px", "49.5%"])
_margins = st.sampled_from(["100px", "10%", "0px 1024px", "10% 0%"])
_colours = st.from_regex(r"\A#[0-9a-f]{6}\Z")

_PROSE: dict[tuple[str, str], st.SearchStrategy[Json]] = {
    ("ImageOperations", "padding"): _paddings,
    ("BackgroundOptions", "color"): _colours | st.just("transparent"),
    ("OutpaintOptions", "outpaint_by"): _margins,
    ("StyleTransferOptions", "style_reference_image"): _uris,
    ("ImageOutputOptions", "destination"): _destinations,
    ("MetadataOptions", "dpi"): st.integers(1, 10_000),
}


def operations() -> st.SearchStrategy[Json]:
    """Objects that are valid ``ImageOperations``."""
    return _named("ImageOperations")


def outputs() -> st.SearchStrategy[Json]:
    """Objects that are valid ``ImageOutputOptions``, or destinations."""
    return _named("ImageOutputOptions") | _destinations


def _named(name: str) -> st.SearchStrategy[Json]:
    if name == "ResizingOptions":
        return _resizing()
    made = _of(SCHEMAS[name], name)
    if name in ("BackgroundRemovalOptions", "BackgroundBlurOptions"):
        return made.filter(lambda value: not {"selective", "category"} <= value.keys())
    return made


def _resizing() -> st.SearchStrategy[Json]:
    """Sides of one unit, and equal if they are in percent."""
    fits = _of(SCHEMAS["ResizingOptions"]["properties"]["fit"], "ResizingOptions")
    pixels = st.integers(1, 20_000) | st.just("auto")
    in_pixels = st.fixed_dictionaries({}, optional={"width": pixels, "height": pixels, "fit": fits})
    in_percent = _percent.flatmap(
        lambda text: st.fixed_dictionaries(
            {"width": st.just(text)},
            optional={"height": st.sampled_from([text, "auto"]), "fit": fits},
        )
    )
    return in_pixels | in_percent


def _of(schema: Json, owner: str) -> st.SearchStrategy[Json]:
    if "$ref" in schema:
        return _named(schema["$ref"].rpartition("/")[2])
    if "allOf" in schema:
        return _of(schema["allOf"][0], owner)
    if "anyOf" in schema:
        return st.one_of([_of(inner, owner) for inner in schema["anyOf"]])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    return _of_type(schema, owner)


def _of_type(schema: Json, owner: str) -> st.SearchStrategy[Json]:
    match schema["type"]:
        case "object":
            return _object(schema, owner)
        case "boolean":
            return st.booleans()
        case "integer":
            return st.integers(schema["minimum"], schema["maximum"])
        case "number":
            return st.floats(schema["minimum"], schema["maximum"])
        case "string" if "pattern" in schema:
            return st.sampled_from(["0%", "9%", "10%", "250%"])
        case kind:
            assert kind == "string", kind
            return st.text(
                st.characters(exclude_categories=["Cs"]),
                min_size=schema.get("minLength", 0),
                max_size=schema.get("maxLength", 40),
            )


def _object(schema: Json, owner: str) -> st.SearchStrategy[Json]:
    members = {
        name: _PROSE[owner, name] if (owner, name) in _PROSE else _of(inner, owner)
        for name, inner in schema["properties"].items()
    }
    required = set(schema.get("required", ()))
    return st.fixed_dictionaries(
        {name: member for name, member in members.items() if name in required},
        optional={name: member for name, member in members.items() if name not in required},
    )
