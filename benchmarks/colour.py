"""How far colours are from littleCMS after a conversion: ΔE 2000, on a chart.

The chart has every colour of a lattice, in patches. It comes in wide RGB and in CMYK, and goes out as sRGB and as CMYK;
the expected pixels are littleCMS's own, in one step from profile to profile, by relative colorimetric intent with black
point compensation, and both are seen as CIELAB by the profile of what went out.

    python benchmarks/colour.py
    python benchmarks/colour.py --profiles /usr/share/color/icc
"""

import argparse
import io
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyvips
from PIL import Image, ImageCms

from photomill.config.load import load_settings
from photomill.engine import Engine
from photomill.sources import BytesSource
from photomill_http.image_edit.translate import read_edit

SIDE = 8
"""Pixels of a patch: no format's subsampling reaches its middle."""

LEVELS = {"RGB": 9, "CMYK": 5}
MODES = {b"RGB ": "RGB", b"CMYK": "CMYK"}
"""By the colour space that a profile's header names (ICC.1:2010, section 7.2.6)."""

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
LOSSLESS_TIFF = {"type": "tiff", "compression": "lossless"}


def chart(mode: str) -> Image.Image:
    """Every colour of a lattice; of CMYK the black ink has the first and the middle level only."""
    levels = np.linspace(0, 255, LEVELS[mode]).round().astype(np.uint8)
    channels = [levels] * 3 if mode == "RGB" else [levels, levels, levels, levels[:3:2]]
    colours = np.stack(np.meshgrid(*channels, indexing="ij"), -1).reshape(-1, len(channels))
    across = next(each for each in range(25, 0, -1) if len(colours) % each == 0)
    patches = colours.reshape(-1, across, len(channels))
    return Image.fromarray(patches.repeat(SIDE, 0).repeat(SIDE, 1), mode)


def expected(image: Image.Image, source: bytes, target: bytes, mode: str) -> Image.Image:
    """What littleCMS makes of it."""
    converted = ImageCms.profileToProfile(
        image,
        ImageCms.ImageCmsProfile(io.BytesIO(source)),
        ImageCms.ImageCmsProfile(io.BytesIO(target)),
        renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
        outputMode=mode,
        flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
    )
    assert converted is not None
    return converted


def seen(image: Image.Image, profile: bytes) -> Any:
    """CIELAB of each patch's middle."""
    middle = SIDE // 2
    pixels = np.ascontiguousarray(np.asarray(image)[middle::SIDE, middle::SIDE])
    space = "cmyk" if image.mode == "CMYK" else "srgb"
    picture = pyvips.Image.new_from_array(pixels, interpretation=space)
    picture.set_type(pyvips.GValue.blob_type, "icc-profile-data", profile)
    return picture.icc_import(embedded=True, intent="relative", pcs="lab")


def differences(engine: Engine, source: bytes, output: Mapping[str, Any]) -> Any:
    """ΔE 2000 of each patch."""
    mode = MODES[source[16:20]]
    given = chart(mode)
    file = io.BytesIO()
    given.save(file, "TIFF", compression="tiff_lzw", icc_profile=source)
    request = read_edit({}, output).request
    result = engine.editing.edit(BytesSource(file.getvalue()), request)
    with Image.open(io.BytesIO(result.data)) as image:
        image.load()
        target = image.info.get("icc_profile", SRGB)
        right = expected(given, source, target, image.mode)
        return seen(image, target).dE00(seen(right, target)).numpy()


def profiles(folder: Path | None) -> Iterator[tuple[str, bytes]]:
    """Those that libvips brings, and the RGB and CMYK profiles of a folder."""
    yield "sRGB", SRGB
    for name in ("p3", "cmyk"):
        yield f"libvips' {name}", bytes(pyvips.Operation.call("profile_load", name))
    for path in sorted(folder.rglob("*.ic[cm]")) if folder else ():
        data = path.read_bytes()
        if data[16:20] in MODES and data[12:16] in (b"mntr", b"prtr", b"scnr", b"spac"):
            yield path.name, data


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--profiles", type=Path, help="a folder of more ICC profiles")
    arguments = parser.parse_args()
    outputs: Mapping[str, Mapping[str, Any]] = {
        "RGB": {"format": "png", "metadata": {"color_space": "RGB"}},
        "CMYK": {"format": LOSSLESS_TIFF, "metadata": {"color_space": "CMYK"}},
    }
    with tempfile.TemporaryDirectory() as folder:
        settings = load_settings(environ={}, overrides={"photomill.data_dir": folder})
        with Engine.open(settings) as engine:
            for name, profile in profiles(arguments.profiles):
                for space, output in outputs.items():
                    try:
                        found = differences(engine, profile, output)
                    except ImageCms.PyCMSError as error:
                        print(f"{name} -> {space}: littleCMS cannot: {error}")
                        continue
                    print(
                        f"{name} -> {space}: dE 2000 {found.mean():.2f} mean, "
                        f"{np.percentile(found, 99):.2f} at the 99th percentile, {found.max():.2f} most",
                        flush=True,
                    )


if __name__ == "__main__":
    main()
