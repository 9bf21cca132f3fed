"""``photomill plugins``."""

from typing import Any

from photomill.sandbox.confinement import offered_confinement


def test_every_bundled_part_is_listed(program: Any) -> None:
    lines = [line.split("\t") for line in program.output("plugins").splitlines()]
    parts = {(family, use) for family, use, *_ in lines}
    assert {
        ("embedders", "efficientnet"),
        ("embedders", "descriptor"),
        ("indexes", "exact"),
        ("indexes", "faiss:rabitq"),
        ("filters", "mongo"),
    } <= parts


def test_selected_parts_name_their_instances(program: Any) -> None:
    lines = [line.split("\t") for line in program.output("plugins", "--selected").splitlines()]
    selected = {use: instances for _, use, instances, *_ in lines}
    assert "main" in selected["descriptor"].split(", ")
    assert "clip" not in selected


def test_as_json(program: Any) -> None:
    plugins = program.json("plugins")
    descriptor = next(plugin for plugin in plugins if plugin["entry_point"] == "descriptor")
    assert descriptor["distribution"] == "photomill"
    (component,) = descriptor["components"]
    assert (component["family"], component["unavailable"]) == ("embedders", "")


def test_quiet_prints_what_may_be_used(program: Any) -> None:
    assert "faiss:rabitq" in program.output("plugins", "--quiet").splitlines()


def test_what_the_sandbox_can_do_here_is_said(program: Any) -> None:
    result = program.run("plugins")
    assert f"Sandbox: {offered_confinement()}." in result.stderr
