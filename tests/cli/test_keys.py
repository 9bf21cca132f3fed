"""``photomill keys``."""

from typing import Any

from photomill.config.load import load_settings
from photomill.engine import Engine
from photomill.keys import Key


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
    assert key.may("admin")


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
