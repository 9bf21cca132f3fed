"""Photomill loads the plugin by its entry point."""

from collections.abc import Callable

import photomill_palette

from photomill import Components, installed_plugins, list_plugins, load_settings


def test_the_plugin_is_installed() -> None:
    (found,) = (
        plugin
        for plugin in list_plugins(load_settings(environ={}))
        if plugin.distribution == "photomill-palette"
    )
    assert found.unavailable == ""
    assert [each.use for each in found.components] == ["palette", "palette:sepia"]


def test_it_is_chosen_by_name(load_components: Callable[..., Components]) -> None:
    components = load_components(
        *installed_plugins(),
        embedders={"main": {"use": "palette", "options": {"grid": 4}}},
        editors={"sepia": {"use": "palette:sepia"}},
    )
    assert components.embedder("main").dimension == 49
    assert list(components.tools().operations()) == ["effects.sepia"]


def test_its_module_can_be_loaded_without_being_installed(
    load_components: Callable[..., Components],
) -> None:
    components = load_components(
        photomill_palette, embedders={"main": {"use": "photomill_palette:palette"}}
    )
    assert components.embedder("main").name == "palette"
