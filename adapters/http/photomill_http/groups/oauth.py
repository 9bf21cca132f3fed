"""OAuth 2: how an owner lets a program in, by the authorization code of RFC 6749, with PKCE (RFC 7636).

The access token is a key of the owner's, which ``photomill keys revoke`` revokes. Codes and refresh tokens are sealed. The
catalog knows which code was exchanged, so that each serves once in all processes; a code or refresh token that comes a
second time was stolen, and revokes the access that came of it (RFC 6749, section 4.1.2; RFC 9700, section 4.14).
"""

import base64
import hashlib
import hmac
import html
import secrets
import time
from typing import Any
from urllib.parse import parse_qsl, urlencode

import msgspec
from attrs import frozen
from starlette.responses import HTMLResponse, RedirectResponse, Response

from photomill import ALBUMS_SCOPE, Conflict, NewKey, NotFound, StorageError
from photomill_http.answers import Answer
from photomill_http.bodies import Body
from photomill_http.contract import Call, Operation, Refused
from photomill_http.settings import OAuthClient

Json = dict[str, Any]

AUTHORIZE = "/v1/auth/oauth2/authorize"
TOKEN = "/v1/auth/oauth2/token"

_CODE_SECONDS = 120.0
FORM_LIMIT = 64 * 1024
_MOST_FIELDS = 100
_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Photomill</title>
<meta name="viewport" content="width=device-width">
<style>body{{font:16px system-ui;max-width:26rem;margin:15vh auto;padding:0 1rem}}
input{{width:100%;font:inherit;padding:.5rem;box-sizing:border-box}}button{{font:inherit;padding:.5rem 1rem;margin-top:1rem}}
p.error{{color:#b00}}</style>
<h1>Let {client} in?</h1>
<p>It will be able to see and change your groups and photos.</p>{error}
<form method="post"><label>Your key <input type="password" name="key" autofocus required autocomplete="off"></label>
<button>Let it in</button></form></html>"""


def _refusal(error: str, description: str, status: int = 400) -> Refused:
    """What RFC 6749, section 5.2, calls an error."""
    body = {"error": error, "error_description": description, "Error": description}
    return Refused(Answer(body, status))


@frozen
class Grant:
    """What a sealed code or refresh token says.

    :ivar kind: ``code`` or ``refresh``.
    :ivar id: of a code.
    :ivar code: the id of the code that a refresh token comes of; empty for those of older versions.
    :ivar key: the key that a refresh token replaces.
    """

    kind: str
    id: str
    owner: str
    client: str
    redirect_uri: str = ""
    challenge: str = ""
    expires: float = 0.0
    key: str = ""
    code: str = ""


def _clients(call: Call) -> dict[str, OAuthClient]:
    return {client.id: client for client in call.services.settings.oauth_clients}


# ---------------------------------------------------------------- letting in


def check_client(call: Call) -> OAuthClient:
    """The program that asks to be let in.

    :raises Refused: it is none that is known, or asks for something else.
    """
    query = call.query
    client = _clients(call).get(query.get("client_id", ""))
    if client is None:
        raise _refusal("unauthorized_client", "unknown client_id")
    # Never redirected to an address that was not registered: it could be anybody's.
    if query.get("redirect_uri", "") not in client.redirect_uris:
        raise _refusal("invalid_request", "redirect_uri is not registered")
    if query.get("response_type") != "code":
        raise _refusal("unsupported_response_type", "expected response_type=code")
    method = query.get("code_challenge_method", "S256")
    if query.get("code_challenge") and method != "S256":
        raise _refusal("invalid_request", "expected code_challenge_method=S256")
    return client


def check_attempt(call: Call) -> OAuthClient:
    """The same, of somebody who sends a key, which may be a guess.

    :raises TooManyRequests: there were too many from this address.
    """
    client = check_client(call)
    call.contract.count_guess(call.request)
    return client


def authorize(call: Call, body: Body | None = None) -> Response:
    """Ask the owner, and send the browser back with a code."""
    client: OAuthClient = call.admitted
    if body is None:
        return _page(client)
    verified = call.engine.keys.verify(_fields(body).get("key", "").strip())
    owner = None if verified is None else call.engine.albums.owners.of_key(verified)
    if owner is None:
        return _page(client, "This is no owner's key.")
    query = call.query
    redirect_uri = query["redirect_uri"]
    grant = Grant(
        kind="code",
        id=secrets.token_urlsafe(16),
        owner=owner.id,
        client=client.id,
        redirect_uri=redirect_uri,
        challenge=query.get("code_challenge", ""),
        expires=time.time() + _CODE_SECONDS,
    )
    back = {"code": _seal(call, grant)}
    if "state" in query:
        back["state"] = query["state"]
    mark = "&" if "?" in redirect_uri else "?"
    return RedirectResponse(f"{redirect_uri}{mark}{urlencode(back)}", 302)


# ---------------------------------------------------------------- tokens


def token(call: Call, body: Body | None = None) -> Answer:
    """Exchange a code, or a refresh token, for an access token."""
    given = {**call.query, **({} if body is None else _fields(body))}
    return Answer(_token(call, given), 200, {"Cache-Control": "no-store"})


def _token(call: Call, given: dict[str, str]) -> Json:
    client = _clients(call).get(given.get("client_id", ""))
    secret = given.get("client_secret", "")
    if client is None or not hmac.compare_digest(secret.encode(), client.secret.encode()):
        raise _refusal("invalid_client", "wrong client_id or client_secret", 401)
    kind = given.get("grant_type")
    if kind == "authorization_code":
        grant = _unseal(call, "code", given.get("code", ""), client)
        _check_code(call, grant, given)
        return _issue(call, _redeem(call, grant, client), client, grant.id)
    if kind == "refresh_token":
        grant = _unseal(call, "refresh", given.get("refresh_token", ""), client)
        return _issue(call, _renew(call, grant), client, grant.code)
    raise _refusal("unsupported_grant_type", "expected authorization_code or refresh_token")


def _check_code(call: Call, grant: Grant, given: dict[str, str]) -> None:
    if given.get("redirect_uri") != grant.redirect_uri:
        raise _refusal("invalid_grant", "another redirect_uri than the code was made for")
    if grant.challenge:
        digest = hashlib.sha256(given.get("code_verifier", "").encode()).digest()
        computed = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if not hmac.compare_digest(computed, grant.challenge):
            raise _refusal("invalid_grant", "code_verifier does not fit")
    if time.time() > grant.expires:
        # It may have been exchanged in time.
        call.engine.keys.revoke_grant(grant.id)
        raise _refusal("invalid_grant", "the code is too old")


def _redeem(call: Call, grant: Grant, client: OAuthClient) -> NewKey:
    engine = call.engine
    try:
        owner = engine.albums.owners.get(grant.owner)
        return engine.keys.redeem(
            grant.id,
            grant.expires,
            f"oauth {client.id}",
            owner=owner.id,
            scopes=[ALBUMS_SCOPE, "read"],
            collections=[owner.collection],
        )
    except NotFound:
        raise _refusal("invalid_grant", "the owner is not there any more") from None
    except Conflict:
        message = "the code was used already; the access that came of it is revoked"
        raise _refusal("invalid_grant", message) from None


def _renew(call: Call, grant: Grant) -> NewKey:
    try:
        return call.engine.keys.renew(grant.key, grant.code)
    except Conflict as error:
        raise _refusal("invalid_grant", str(error)) from None


def _issue(call: Call, made: NewKey, client: OAuthClient, code: str) -> Json:
    refresh = Grant(
        kind="refresh",
        id=secrets.token_urlsafe(16),
        owner=made.key.owner,
        client=client.id,
        key=made.key.id,
        code=code,
    )
    return {
        "access_token": made.secret,
        "refresh_token": _seal(call, refresh),
        "scope": "",
        "token": made.secret,
        "token_type": "Bearer",
    }


# ---------------------------------------------------------------- sealing


def _seal(call: Call, grant: Grant) -> str:
    return call.engine.storages.vault.seal(msgspec.json.encode(grant).decode())


def _unseal(call: Call, kind: str, sealed: str, client: OAuthClient) -> Grant:
    try:
        grant = msgspec.json.decode(call.engine.storages.vault.unseal(sealed), type=Grant)
    except (StorageError, msgspec.DecodeError, UnicodeError):
        raise _refusal("invalid_grant", f"no such {kind}") from None
    if grant.kind != kind or grant.client != client.id:
        raise _refusal("invalid_grant", f"no such {kind}")
    return grant


def _fields(body: Body) -> dict[str, str]:
    try:
        return dict(parse_qsl(body.read().decode("utf-8", "replace"), max_num_fields=_MOST_FIELDS))
    except ValueError:
        raise _refusal("invalid_request", f"more than {_MOST_FIELDS} fields") from None


def _page(client: OAuthClient, error: str = "") -> Response:
    message = f'<p class="error">{html.escape(error)}</p>' if error else ""
    page = _PAGE.format(client=html.escape(client.name or client.id), error=message)
    headers = {
        "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
    }
    return HTMLResponse(page, 403 if error else 200, headers)


OPERATIONS = (
    Operation("GET", AUTHORIZE, authorize, body=None, access="open", admit=check_client),
    Operation("POST", AUTHORIZE, authorize, body=Body, access="open", admit=check_attempt),
    Operation("GET", TOKEN, token, body=None, access="open"),
    Operation("POST", TOKEN, token, body=Body, access="open"),
)
"""Served where the configuration has clients."""
