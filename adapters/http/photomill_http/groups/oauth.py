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
from urllib.parse import parse_qsl, urlencode

import msgspec
from attrs import frozen
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from photomill.albums.model import Owner
from photomill.errors import Conflict, NotFound, StorageError
from photomill.keys import ALBUMS, NewKey
from photomill.storages.vault import Vault
from photomill_http.answers import Answer
from photomill_http.bodies import Body
from photomill_http.groups.access import STRANGER, Access
from photomill_http.groups.endpoint import Json, failed
from photomill_http.services import Services
from photomill_http.settings import OAuthClient

AUTHORIZE = "/v1/auth/oauth2/authorize"
TOKEN = "/v1/auth/oauth2/token"

_CODE_SECONDS = 120.0
_FORM_LIMIT = 64 * 1024
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


class _Refused(Exception):
    """What RFC 6749, section 5.2, calls an error."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        self.answer = Answer(
            {"error": error, "error_description": description, "Error": description}, status
        )
        super().__init__(description)


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


def oauth_routes(services: Services, access: Access) -> list[Route]:
    """None without clients in the configuration.

    :param access: counts the keys that somebody tries, as it counts tokens and passwords.
    """
    if not services.settings.oauth_clients:
        return []
    flow = _Flow(services, access)
    return [
        Route(AUTHORIZE, flow.authorize, methods=["GET", "POST"]),
        Route(TOKEN, flow.token, methods=["GET", "POST"]),
    ]


class _Flow:
    def __init__(self, services: Services, access: Access) -> None:
        settings = services.engine.settings
        self._services = services
        self._access = access
        self._clients = {client.id: client for client in services.settings.oauth_clients}
        self._vault = Vault(settings.data_dir, settings.photomill.secret_key)

    # ------------------------------------------------------------ letting in

    async def authorize(self, request: Request) -> Response:
        """Ask the owner, and send the browser back with a code."""
        request.state.operation = "groups authorize"
        request.state.logged_path = AUTHORIZE
        try:
            client, redirect_uri = self._asking(request)
            if request.method == "GET":
                return _page(client)
            self._access.check_guess(request, STRANGER)
            form = await self._form(request)
            owner = await self._services.in_thread(self._owner, form.get("key", ""))
            if owner is None:
                return _page(client, "This is no owner's key.")
            return await self._services.in_thread(
                self._let_in, request, client, redirect_uri, owner
            )
        except _Refused as refused:
            return refused.answer.response()
        except ClientDisconnect:
            raise
        except Exception as error:
            return failed(error).response()

    def _asking(self, request: Request) -> tuple[OAuthClient, str]:
        query = request.query_params
        client = self._clients.get(query.get("client_id", ""))
        if client is None:
            raise _Refused("unauthorized_client", "unknown client_id")
        redirect_uri = query.get("redirect_uri", "")
        # Never redirected to an address that was not registered: it could be anybody's.
        if redirect_uri not in client.redirect_uris:
            raise _Refused("invalid_request", "redirect_uri is not registered")
        if query.get("response_type") != "code":
            raise _Refused("unsupported_response_type", "expected response_type=code")
        method = query.get("code_challenge_method", "S256")
        if query.get("code_challenge") and method != "S256":
            raise _Refused("invalid_request", "expected code_challenge_method=S256")
        return client, redirect_uri

    def _let_in(
        self, request: Request, client: OAuthClient, redirect_uri: str, owner: Owner
    ) -> Response:
        grant = Grant(
            kind="code",
            id=secrets.token_urlsafe(16),
            owner=owner.id,
            client=client.id,
            redirect_uri=redirect_uri,
            challenge=request.query_params.get("code_challenge", ""),
            expires=time.time() + _CODE_SECONDS,
        )
        back = {"code": self._sealed(grant)}
        if "state" in request.query_params:
            back["state"] = request.query_params["state"]
        mark = "&" if "?" in redirect_uri else "?"
        return RedirectResponse(f"{redirect_uri}{mark}{urlencode(back)}", 302)

    def _owner(self, key: str) -> Owner | None:
        verified = self._services.engine.keys.verify(key.strip())
        return None if verified is None else self._services.engine.albums.owners.of_key(verified)

    # ------------------------------------------------------------ tokens

    async def token(self, request: Request) -> Response:
        """Exchange a code, or a refresh token, for an access token."""
        request.state.operation = "groups token"
        request.state.logged_path = TOKEN
        try:
            given = {**request.query_params, **await self._form(request)}
            body = await self._services.in_thread(self._token, given)
            return Answer(body, 200, {"Cache-Control": "no-store"}).response()
        except _Refused as refused:
            return refused.answer.response()
        except ClientDisconnect:
            raise
        except Exception as error:
            return failed(error).response()

    def _token(self, given: dict[str, str]) -> Json:
        client = self._clients.get(given.get("client_id", ""))
        secret = given.get("client_secret", "")
        if client is None or not hmac.compare_digest(secret.encode(), client.secret.encode()):
            raise _Refused("invalid_client", "wrong client_id or client_secret", 401)
        kind = given.get("grant_type")
        if kind == "authorization_code":
            grant = self._opened("code", given.get("code", ""), client)
            self._check_code(grant, given)
            return self._issued(self._redeemed(grant, client), client, grant.id)
        if kind == "refresh_token":
            grant = self._opened("refresh", given.get("refresh_token", ""), client)
            return self._issued(self._renewed(grant), client, grant.code)
        raise _Refused("unsupported_grant_type", "expected authorization_code or refresh_token")

    def _check_code(self, grant: Grant, given: dict[str, str]) -> None:
        if given.get("redirect_uri") != grant.redirect_uri:
            raise _Refused("invalid_grant", "another redirect_uri than the code was made for")
        if grant.challenge:
            digest = hashlib.sha256(given.get("code_verifier", "").encode()).digest()
            computed = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
            if not hmac.compare_digest(computed, grant.challenge):
                raise _Refused("invalid_grant", "code_verifier does not fit")
        if time.time() > grant.expires:
            # It may have been exchanged in time.
            self._services.engine.keys.revoke_grant(grant.id)
            raise _Refused("invalid_grant", "the code is too old")

    def _redeemed(self, grant: Grant, client: OAuthClient) -> NewKey:
        engine = self._services.engine
        try:
            owner = engine.albums.owners.get(grant.owner)
            return engine.keys.redeem(
                grant.id,
                grant.expires,
                f"oauth {client.id}",
                owner=owner.id,
                scopes=[ALBUMS, "read"],
                collections=[owner.collection],
            )
        except NotFound:
            raise _Refused("invalid_grant", "the owner is not there any more") from None
        except Conflict:
            message = "the code was used already; the access that came of it is revoked"
            raise _Refused("invalid_grant", message) from None

    def _renewed(self, grant: Grant) -> NewKey:
        try:
            return self._services.engine.keys.renew(grant.key, grant.code)
        except Conflict as error:
            raise _Refused("invalid_grant", str(error)) from None

    def _issued(self, made: NewKey, client: OAuthClient, code: str) -> Json:
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
            "refresh_token": self._sealed(refresh),
            "scope": "",
            "token": made.secret,
            "token_type": "Bearer",
        }

    # ------------------------------------------------------------ sealing

    def _sealed(self, grant: Grant) -> str:
        return self._vault.seal(msgspec.json.encode(grant).decode())

    def _opened(self, kind: str, sealed: str, client: OAuthClient) -> Grant:
        try:
            grant = msgspec.json.decode(self._vault.unseal(sealed), type=Grant)
        except (StorageError, msgspec.DecodeError, UnicodeError):
            raise _Refused("invalid_grant", f"no such {kind}") from None
        if grant.kind != kind or grant.client != client.id:
            raise _Refused("invalid_grant", f"no such {kind}")
        return grant

    async def _form(self, request: Request) -> dict[str, str]:
        if request.method != "POST":
            return {}
        async with self._services.bodies.received(request, _FORM_LIMIT) as body:
            return await self._services.in_thread(_fields, body)


def _fields(body: Body) -> dict[str, str]:
    try:
        return dict(parse_qsl(body.read().decode("utf-8", "replace"), max_num_fields=_MOST_FIELDS))
    except ValueError:
        raise _Refused("invalid_request", f"more than {_MOST_FIELDS} fields") from None


def _page(client: OAuthClient, error: str = "") -> Response:
    message = f'<p class="error">{html.escape(error)}</p>' if error else ""
    page = _PAGE.format(client=html.escape(client.name or client.id), error=message)
    headers = {
        "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
    }
    return HTMLResponse(page, 403 if error else 200, headers)
