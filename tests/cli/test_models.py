"""``photomill models``; the tests bring no model in, but look at what every installation knows."""

from typing import Any

import pytest


def test_every_model_says_what_it_is(program: Any) -> None:
    models = {model["name"]: model for model in program.json("models", "list")}
    assert {"u2netp", "u2net", "waifu2x", "mtcnn"} <= models.keys()
    assert models["u2netp"]["state"] == "absent"
    for model in models.values():
        assert model["licence"] in ("MIT", "Apache-2.0")
        assert model["size"] == sum(file["size"] for file in model["files"])


def test_a_file_that_is_not_the_model_is_refused(program: Any, tmp_path: Any) -> None:
    file = tmp_path / "u2netp.onnx"
    file.write_bytes(b"something else")
    result = program.run("models", "add", "u2netp", "--from", file)
    assert result.exit_code == 4
    assert "SHA-256" in result.output
    assert program.output("models", "list", "--quiet") == ""


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["add"], 2, "name a model"),
        (["add", "unet"], 3, "did you mean"),
        (["add", "--small", "--from", "{}"], 2, "one model at a time"),
        (["remove", "nothing"], 3, "'nothing'"),
    ],
)
def test_mistakes_are_explained(
    program: Any, tmp_path: Any, words: list[str], code: int, message: str
) -> None:
    result = program.run("models", *(word.format(tmp_path) for word in words))
    assert result.exit_code == code
    assert message in result.output
