"""OAuth 2: the web flow, with codes, refresh tokens and PKCE."""

import base64
import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from attrs import evolve
from starlette.testclient import TestClient

from photomill.engine import Engine
from photomill_http.app import create_app
from photomill_http.settings import HttpSettings

BACK = "https://shop.example/back"
QUERY = {"response_type": "code", "client_id": "shop", "redirect_uri": BACK, "state": "s&1"}
EXCHANGE = {
    "grant_type": "authorization_code",
    "client_id": "shop",
    "client_secret": "a long secret",
    "redirect_uri": BACK,
}


@pytest.fixture(scope="module")
def secret(new_owner: Callable[..., str]) -> str:
    return new_owner("Olga")


@pytest.fixture
def oauth(make_api: Callable[..., Any], make_oauth_client: Any) -> Any:
    return make_api(oauth_clients=(make_oauth_client,))


def let_in(oauth: Any, secret: str, **more: str) -> str:
    path = f"/v1/auth/oauth2/authorize?{urlencode({**QUERY, **more})}"
    answer = oauth.call("POST", path, data={"key": secret})
    assert answer.status_code == 302, answer.text
    address = urlsplit(answer.headers["Location"])
    assert f"{address.scheme}://{address.netloc}{address.path}" == BACK
    query = parse_qs(address.query)
    assert query["state"] == ["s&1"]
    return str(query["code"][0])


def exchange(oauth: Any, **given: str) -> Any:
    return oauth.call("POST", f"/v1/auth/oauth2/token?{urlencode({**EXCHANGE, **given})}")


def test_an_owner_lets_a_program_in(oauth: Any, secret: str) -> None:
    page = oauth.call("GET", f"/v1/auth/oauth2/authorize?{urlencode(QUERY)}")
    assert "The &lt;shop&gt;" in page.text
    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
    body = exchange(oauth, code=let_in(oauth, secret)).json()
    assert set(body) == {"access_token", "refresh_token", "scope", "token", "token_type"}
    assert (body["token_type"], body["token"]) == ("Bearer", body["access_token"])
    program = oauth.with_key(body["access_token"])
    assert program.ok("GET", "/v1/Owner/")["Name"] == "Olga"
    assert program.group()["Token"]


@pytest.mark.parametrize("verb", ["GET", "POST"])
def test_parameters_may_be_in_the_query_or_the_body(oauth: Any, secret: str, verb: str) -> None:
    given = {**EXCHANGE, "code": let_in(oauth, secret)}
    options: Any = {"params": given} if verb == "GET" else {"data": given}
    assert oauth.call(verb, "/v1/auth/oauth2/token", **options).status_code == 200


def test_who_tries_keys_is_slowed_down(
    make_api: Callable[..., Any], make_oauth_client: Any, secret: str
) -> None:
    guessing = make_api(oauth_clients=(make_oauth_client,), lookups_per_minute=20)
    path = f"/v1/auth/oauth2/authorize?{urlencode(QUERY)}"
    tried = [guessing.call("POST", path, data={"key": f"guess {i}"}) for i in range(3)]
    assert [answer.status_code for answer in tried] == [403, 403, 429]
    assert int(tried[-1].headers["Retry-After"]) >= 1
    # Neither does the right one say that it is right, nor do tokens have another budget.
    assert guessing.call("POST", path, data={"key": secret}).status_code == 429
    assert guessing.call("GET", "/v1/Group/aaaaaa").status_code == 429
    assert guessing.call("GET", path).status_code == 200


def test_a_code_serves_once(oauth: Any, secret: str) -> None:
    code = let_in(oauth, secret)
    assert exchange(oauth, code=code).status_code == 200
    answer = exchange(oauth, code=code)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


def test_a_code_serves_once_in_all_processes(
    oauth: Any, secret: str, make_oauth_client: Any
) -> None:
    """Each with an application and an engine of its own, over one data folder."""
    settings = HttpSettings(oauth_clients=(make_oauth_client,))
    with (
        Engine.open(oauth.engine.settings) as engine,
        TestClient(create_app(engine, settings), follow_redirects=False) as client,
    ):
        elsewhere = evolve(oauth, client=client, engine=engine)
        code = let_in(oauth, secret)
        first = exchange(elsewhere, code=code).json()
        program = oauth.with_key(first["access_token"])
        assert program.ok("GET", "/v1/Owner/")
        assert exchange(oauth, code=code).json()["error"] == "invalid_grant"
        # Who exchanged it first may have been the thief.
        assert program.refused("GET", "/v1/Owner/")[0] == 401
        again = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
        assert exchange(elsewhere, **again).status_code == 400


def test_of_many_at_once_no_two_get_access(oauth: Any, secret: str) -> None:
    code = let_in(oauth, secret)
    with ThreadPoolExecutor(6) as threads:
        answers = list(threads.map(lambda _: exchange(oauth, code=code).status_code, range(6)))
    assert sorted(answers) == [200, 400, 400, 400, 400, 400]


def test_a_code_that_comes_again_revokes_what_was_renewed_since(oauth: Any, secret: str) -> None:
    code = let_in(oauth, secret)
    first = exchange(oauth, code=code).json()
    again = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
    second = exchange(oauth, **again).json()
    assert exchange(oauth, code=code).status_code == 400
    assert oauth.with_key(second["access_token"]).refused("GET", "/v1/Owner/")[0] == 401


def test_a_refresh_token_that_comes_again_revokes_the_access(oauth: Any, secret: str) -> None:
    first = exchange(oauth, code=let_in(oauth, secret)).json()
    other = exchange(oauth, code=let_in(oauth, secret)).json()
    again = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
    second = exchange(oauth, **again).json()
    assert exchange(oauth, **again).status_code == 400
    assert oauth.with_key(second["access_token"]).refused("GET", "/v1/Owner/")[0] == 401
    assert oauth.with_key(other["access_token"]).ok("GET", "/v1/Owner/")


def test_access_is_renewed(oauth: Any, secret: str) -> None:
    first = exchange(oauth, code=let_in(oauth, secret)).json()
    again = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
    second = exchange(oauth, **again).json()
    assert oauth.with_key(second["access_token"]).ok("GET", "/v1/Owner/")
    assert oauth.with_key(first["access_token"]).refused("GET", "/v1/Owner/")[0] == 401
    assert exchange(oauth, **again).status_code == 400


def test_a_code_is_bound_to_its_verifier(oauth: Any, secret: str) -> None:
    verifier = "a verifier of at least forty-three characters, really"
    digest = hashlib.sha256(verifier.encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    asked = {"code_challenge": challenge, "code_challenge_method": "S256"}
    code = let_in(oauth, secret, **asked)
    assert exchange(oauth, code=code).status_code == 400
    assert exchange(oauth, code=code, code_verifier="wrong").status_code == 400
    assert exchange(oauth, code=code, code_verifier=verifier).status_code == 200


@pytest.mark.parametrize(
    ("changed", "status", "error"),
    [
        ({"client_secret": "wrong secret"}, 401, "invalid_client"),
        ({"client_id": "other"}, 401, "invalid_client"),
        ({"code": "nonsense"}, 400, "invalid_grant"),
        ({"redirect_uri": "https://evil.example/"}, 400, "invalid_grant"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"grant_type": "refresh_token", "refresh_token": "x"}, 400, "invalid_grant"),
    ],
)
def test_what_is_wrong_with_an_exchange_is_said(
    oauth: Any, secret: str, changed: dict[str, str], status: int, error: str
) -> None:
    given = {"code": let_in(oauth, secret), **changed}
    answer = exchange(oauth, **given)
    assert (answer.status_code, answer.json()["error"]) == (status, error)


@pytest.mark.parametrize(
    "changed",
    [
        {"client_id": "other"},
        {"redirect_uri": "https://evil.example/"},
        {"response_type": "token"},
        {"code_challenge": "x", "code_challenge_method": "plain"},
    ],
)
def test_nobody_is_sent_to_an_unknown_address(oauth: Any, changed: dict[str, str]) -> None:
    path = f"/v1/auth/oauth2/authorize?{urlencode({**QUERY, **changed})}"
    answer = oauth.call("GET", path)
    assert answer.status_code == 400
    assert "Location" not in answer.headers


def test_a_wrong_key_lets_nobody_in(oauth: Any) -> None:
    path = f"/v1/auth/oauth2/authorize?{urlencode(QUERY)}"
    answer = oauth.call("POST", path, data={"key": "pm_wrong"})
    assert answer.status_code == 403
    assert "This is no owner&#x27;s key." in answer.text


def test_without_clients_there_is_no_such_address(api: Any) -> None:
    assert api.refused("GET", "/v1/auth/oauth2/token")[0] == 404
