"""Settings come from the built-in file, the user's, the environment and the caller, in this order."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from photomill.config.load import FILE_NAME, load_settings, settings_tree
from photomill.config.settings import FAMILIES, ComponentSettings, Settings
from photomill.errors import ConfigError

Write = Callable[[str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(text: str) -> Path:
        path = tmp_path / FILE_NAME
        path.write_text(text, encoding="utf-8")
        return path

    return write


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")


def problems(path: Path | None = None, **how: Any) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load_settings(path, **{"environ": {}, **how})
    return [str(problem) for problem in caught.value.problems]


def test_without_a_file_the_built_in_configuration_holds() -> None:
    settings = load_settings(environ={})
    assert settings.embedders["main"] == ComponentSettings("efficientnet")
    assert settings.indexes["large"] == ComponentSettings("faiss:rabitq")
    assert settings.search.embedder in settings.embedders


def test_the_built_in_file_says_the_defaults_of_the_classes() -> None:
    settings, defaults = load_settings(environ={}), Settings()
    for table in ("photomill", "catalog", "fetch", "images", "search"):
        assert getattr(settings, table) == getattr(defaults, table)


def test_the_file_at_the_root_of_the_repository_is_the_built_in_one() -> None:
    root = Path(__file__).parents[2]
    built_in = root / "core/photomill/config/default.toml"
    assert (root / FILE_NAME).read_text() == built_in.read_text()


def test_fixed_tables_are_merged_key_by_key(write: Write) -> None:
    fetch = load_settings(write("[fetch]\ntimeout = 3\n"), environ={}).fetch
    assert (fetch.timeout, fetch.max_redirects) == (3.0, 3)


def test_an_instance_is_replaced_as_a_whole(write: Write) -> None:
    path = write('[embedders.main]\nuse = "clip"\noptions = { device = "cpu" }\n')
    embedders = load_settings(path, environ={}).embedders
    assert embedders["main"] == ComponentSettings("clip", {"device": "cpu"})
    assert embedders["color"] == ComponentSettings("descriptor")


def test_options_alone_keep_what_the_built_in_instance_uses(write: Write) -> None:
    path = write("[embedders.main]\noptions = { threads = 2 }\n")
    embedders = load_settings(path, environ={}).embedders
    assert embedders["main"] == ComponentSettings("efficientnet", {"threads": 2})


def test_an_instance_of_ones_own_says_what_it_uses(write: Write) -> None:
    (message,) = problems(write("[embedders.mine]\noptions = { threads = 2 }\n"))
    assert message == "plugins.toml: embedders.mine.use: required, and missing"


def test_the_file_is_toml_1_1(write: Write) -> None:
    path = write(
        """
[embedders.main]
use = "clip"
options = {
    device = "cpu",  # a comment, a newline and a comma at the end
    model = "\\x41",
}
"""
    )
    chosen = load_settings(path, environ={}).embedders["main"]
    assert chosen == ComponentSettings("clip", {"device": "cpu", "model": "A"})


def test_an_instance_that_uses_nothing_is_left_out(write: Write) -> None:
    indexes = load_settings(write('[indexes.graph]\nuse = ""\n'), environ={}).indexes
    assert "graph" not in indexes
    assert "exact" in indexes


def test_the_file_may_be_named_by_the_environment(write: Write) -> None:
    path = write("[search]\nexact_rows = 7\n")
    assert load_settings(environ={"PHOTOMILL_CONFIG": str(path)}).search.exact_rows == 7


def test_the_file_in_the_working_folder_is_found() -> None:
    Path(FILE_NAME).write_text("[search]\nexact_rows = 8\n")
    assert load_settings(environ={}).search.exact_rows == 8


def test_a_named_file_goes_before_the_one_of_the_environment(write: Write) -> None:
    other = Path("other.toml")
    other.write_text("[search]\nexact_rows = 9\n")
    environ = {"PHOTOMILL_CONFIG": str(write("[search]\nexact_rows = 7\n"))}
    assert load_settings(other, environ=environ).search.exact_rows == 9


@pytest.mark.parametrize(
    "how", [{"path": "gone.toml"}, {"environ": {"PHOTOMILL_CONFIG": "gone.toml"}}]
)
def test_a_file_that_is_not_there_is_refused(how: Mapping[str, Any]) -> None:
    path = Path(how["path"]) if "path" in how else None
    assert problems(path, environ=how.get("environ", {})) == ["gone.toml: no such file"]


def test_a_file_that_is_no_toml_is_refused_with_the_line(write: Write) -> None:
    (message,) = problems(write("[fetch]\ntimeout = = 3\n"))
    assert message.startswith("plugins.toml: not valid TOML: ")
    assert "line 2" in message


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "binary.toml"
    path.write_bytes(b"\xff\xfe\x00")
    (message,) = problems(path)
    assert message.startswith("binary.toml: not valid TOML: ")


def test_every_mistake_of_a_file_is_said_at_once(write: Write) -> None:
    path = write(
        """
        [fech]
        [fetch]
        timeout = "3"
        allow = ["10.0.0.0/99"]
        [search]
        embedder = "${EMBEDDER}"
        [embedders.main]
        use = 5
        """
    )
    assert problems(path) == [
        "plugins.toml: search.embedder: the environment variable EMBEDDER is not set",
        "plugins.toml: fetch.allow[0]: expected an address range like '127.0.0.0/8': "
        "'10.0.0.0/99' does not appear to be an IPv4 or IPv6 network",
        "plugins.toml: fetch.timeout: expected a number, got '3'",
        "plugins.toml: embedders.main.use: expected a string, got 5",
        "plugins.toml: fech: unknown key; did you mean 'fetch'?",
    ]


def test_a_name_that_refers_to_no_instance_is_refused(write: Write) -> None:
    path = write('[search]\nembedder = "mian"\nindex = "exakt"\n')
    assert problems(path) == [
        "plugins.toml: search.embedder: no instance 'mian' in [embedders]; did you mean 'main'?",
        "plugins.toml: search.index: no instance 'exakt' in [indexes]; did you mean 'exact'?",
    ]


def test_every_family_has_a_table() -> None:
    assert all(isinstance(getattr(Settings(), family), dict) for family in FAMILIES)


# ---------------------------------------------------------------- environment


def test_the_environment_goes_over_the_file(write: Write) -> None:
    environ = {
        "PHOTOMILL_FETCH__ALLOW": '["127.0.0.0/8"]',
        "PHOTOMILL_FETCH__TIMEOUT": "2.5",
        "PHOTOMILL_DATA_DIR": "/srv/123",
        "PHOTOMILL_ADAPTERS__HTTP__HOST": "0.0.0.0",
        "PHOTOMILL_ADAPTERS__HTTP__PORT": "9000",
        "PHOTOMILL_TRACE": "1",
        "PHOTOMILL_API_KEY": "secret",
        "HOME": "/root",
    }
    settings = load_settings(write("[fetch]\ntimeout = 3\n"), environ=environ)
    assert settings.fetch.allow == ("127.0.0.0/8",)
    assert settings.fetch.timeout == 2.5
    assert settings.data_dir == Path("/srv/123")
    assert settings.adapters["http"]["host"] == "0.0.0.0"
    assert settings.adapters["http"]["port"] == 9000


def test_a_whole_table_may_come_from_the_environment() -> None:
    fetch = load_settings(environ={"PHOTOMILL_FETCH": '{"timeout": 4}'}).fetch
    assert (fetch.timeout, fetch.max_redirects) == (4.0, 3)


def test_another_component_drops_the_options_of_the_former(write: Write) -> None:
    path = write('[embedders.main]\nuse = "clip"\noptions = { device = "cpu" }\n')
    environ = {
        "PHOTOMILL_EMBEDDERS__MAIN__USE": "onnx",
        "PHOTOMILL_EMBEDDERS__MAIN__OPTIONS__PATH": "model.onnx",
    }
    main = load_settings(path, environ=environ).embedders["main"]
    assert main == ComponentSettings("onnx", {"path": "model.onnx"})


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        (
            {"PHOTOMILL_FECH__ALLOW": "[]"},
            "PHOTOMILL_FECH__ALLOW: fech: unknown key; did you mean 'fetch'?",
        ),
        (
            {"PHOTOMILL_FETCH__ALOW": "[]"},
            "PHOTOMILL_FETCH__ALOW: fetch.alow: unknown key; did you mean 'allow'?",
        ),
        (
            {"PHOTOMILL_SEARCH__EXACT_ROWS": "many"},
            "PHOTOMILL_SEARCH__EXACT_ROWS: search.exact_rows: expected an integer, got 'many'",
        ),
        (
            {"PHOTOMILL_FETCH__TIMEOUT__MAX": "1"},
            "PHOTOMILL_FETCH__TIMEOUT__MAX: fetch.timeout.max: there is no table of this name",
        ),
    ],
)
def test_a_mistake_in_the_environment_names_the_variable(
    environ: Mapping[str, str], expected: str
) -> None:
    assert expected in problems(environ=environ)


def test_the_caller_goes_over_the_environment() -> None:
    settings = load_settings(
        environ={"PHOTOMILL_DATA_DIR": "/a"}, overrides={"photomill.data_dir": "/b"}
    )
    assert settings.data_dir == Path("/b")


def test_a_mistake_of_the_caller_names_the_path() -> None:
    assert problems(overrides={"search.exact_rows": "7"}) == [
        "override: search.exact_rows: expected an integer, got '7'"
    ]


# ---------------------------------------------------------------- secrets


def test_variables_in_strings_are_replaced(write: Write) -> None:
    path = write(
        """
        [storages.archive]
        use = "s3"
        options = { bucket = "${STAGE:-test}-photos", keys = ["${A}", "b"], plain = "$A {A}" }
        """
    )
    options = load_settings(path, environ={"A": "a"}).storages["archive"].options
    assert options == {"bucket": "test-photos", "keys": ["a", "b"], "plain": "$A {A}"}


def test_secrets_are_never_printed_back(write: Write) -> None:
    path = write(
        """
        [catalog]
        url = "postgresql+psycopg://mill:hunter2@db/photos"
        [storages.archive]
        use = "s3"
        [storages.archive.options]
        bucket = "${BUCKET}"
        region = "eu"
        secret_key = "hunter2"
        nested = { token = "hunter2", tokens_per_second = 5, empty_password = "" }
        """
    )
    environ = {"BUCKET": "hunter2", "PHOTOMILL_ADAPTERS__HTTP__ADMIN_PASSWORD": "12345"}
    settings = load_settings(path, environ=environ)
    tree = settings_tree(settings)
    assert tree["catalog"]["url"] == "postgresql+psycopg://mill:***@db/photos"
    assert tree["storages"]["archive"]["options"] == {
        "bucket": "***",
        "region": "eu",
        "secret_key": "***",
        "nested": {"token": "***", "tokens_per_second": 5, "empty_password": ""},
    }
    assert tree["adapters"]["http"]["admin_password"] == "***"
    assert settings.adapters["http"]["admin_password"] == "12345"
    assert settings.storages["archive"].options["bucket"] == "hunter2"


def test_a_secret_of_the_wrong_type_is_not_said(write: Write) -> None:
    path = write('[fetch]\ntimeout = "${TIMEOUT}"\n')
    assert problems(path, environ={"TIMEOUT": "hunter2"}) == [
        "plugins.toml: fetch.timeout: expected a number, got '***'"
    ]


def test_the_resolved_settings_load_again(tmp_path: Path) -> None:
    tree = settings_tree(load_settings(environ={}))
    assert "origin" not in tree
    assert load_settings(environ={}, overrides=tree) == load_settings(environ={})
