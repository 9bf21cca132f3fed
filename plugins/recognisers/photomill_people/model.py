"""The model that tells faces apart."""

from photomill.plugin import Model, ModelFile, Package

WEIGHTS = "face_recognition_model.bin"
MANIFEST = "face_recognition_model-weights_manifest.json"

FACES = Model(
    name="faces",
    task="tell people apart by their faces (with mtcnn)",
    licence="public domain",
    package=Package("@vladmandic/face-api", "1.7.15", registry="npm"),
    files=(
        ModelFile(
            WEIGHTS,
            f"package/model/{WEIGHTS}",
            6_444_032,
            "b413e420d6840b2775fba32008db6f3cddb07d485967fb42cfcf379c16a8c589",
        ),
        ModelFile(
            MANIFEST,
            f"package/model/{MANIFEST}",
            19_615,
            "cbaffa501b0b9275a12b63357a6843e7e30c054e1c9151e1a5f879b26e32986b",
        ),
    ),
    source="https://github.com/davisking/dlib-models",
)
