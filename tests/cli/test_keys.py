"""``photomill keys``."""

from typing import Any

import pytest

from photomill.config.load import load_settings
from photomill.engine import Engine
from photomill.keys import DEFAULT_SCOPES, Key
from photomill_http.admin.schema import NewKey


def verified(program: Any, secret: str) -> Key | None:
    settings = load_settings(
        program.config, environ={}, overrides={"photomill.data_dir": str(program.data_dir)}
    )
    with Engine.open(settings) as engine:
        return engine.keys.verify(secret)


def test_create_prints_a_key_that_is_good(program: Any) -> None:
    secret = program.output("keys", "create", "website", "--quiet").strip()
    key = verified(program, secret)
    assert key is not None
    assert key.scopes == {"read", "write"}


@pytest.mark.parametrize(
    ("words", "scopes"),
    [
        (["--admin"], {"read", "write", "admin"}),
        (["--admin", "--scopes", "image_editing"], {"image_editing", "admin"}),
        (["--scopes", "read,admin"], {"read", "admin"}),
    ],
)
def test_only_who_says_so_gets_a_key_that_administers(
    program: Any, words: list[str], scopes: set[str]
) -> None:
    key = verified(program, program.output("keys", "create", "x", *words, "--quiet").strip())
    assert key is not None
    assert key.scopes == scopes


def test_the_command_line_and_the_api_make_keys_alike() -> None:
    assert set(NewKey("x").scopes) == DEFAULT_SCOPES


def test_create_restricts_scopes_and_collections(program: Any) -> None:
    made = program.output("collections", "create", "shop", "-q").strip()
    words = ["--scopes", "read", "--collections", "shop", "--owner", "ann"]
    created = program.json("keys", "create", "reader", *words)
    assert created["scopes"] == ["read"]
    assert created["collections"] == [made]
    key = verified(program, created["secret"])
    assert key is not None
    assert key.may("read", made)
    assert not key.may("write", made)
    assert not key.may("read", "another")


def test_list_never_shows_a_key(program: Any) -> None:
    secret = program.output("keys", "create", "website", "--quiet").strip()
    for words in (["keys", "list"], ["keys", "list", "--json"]):
        shown = program.output(*words)
        assert "website" in shown
        assert secret not in shown


def test_revoke_by_name(program: Any) -> None:
    secret = program.output("keys", "create", "website", "--quiet").strip()
    program.output("keys", "revoke", "website")
    assert verified(program, secret) is None
    assert program.output("keys", "list", "--quiet") == ""
    assert program.run("keys", "revoke", "website").exit_code == 3


def test_revoke_wants_the_id_where_two_have_the_name(program: Any) -> None:
    first, second = (program.json("keys", "create", "twin") for _ in range(2))
    assert program.run("keys", "revoke", "twin").exit_code == 2
    assert program.output("keys", "revoke", first["id"], "--quiet").strip() == first["id"]
    assert program.output("keys", "list", "--quiet").split() == [second["id"]]
