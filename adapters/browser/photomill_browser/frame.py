"""One frame for every page: a view is data, from which its route, its checks and its answer come.

A request is checked in a fixed order: the session, whether its key may see the collection that the address names and the
page, where the request comes from if it changes something, the size of its body. Then the body is parsed, and the handler called in a
thread.
"""

import inspect
import json
import logging
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, partial
from typing import Any, Literal, TypeVar, get_type_hints
from urllib.parse import parse_qsl, quote

import anyio
import anyio.to_thread
from attrs import Factory, define, field, frozen
from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from photomill import (
    Collection,
    CollectionInfo,
    Engine,
    Forbidden,
    InvalidInput,
    Key,
    NotFound,
    PhotomillError,
    RateLimit,
    Session,
    decode_json,
    describe_errors,
    make_converter,
)
from photomill_browser.assets import Assets, compressed
from photomill_browser.errors import UNEXPECTED, BodyTooLarge, SignedOut, TooManyTries, status_of
from photomill_browser.forgery import FIELD, HEADER, check_origin, check_token, form_token
from photomill_browser.layouts import Layouts
from photomill_browser.numbers import whole_number
from photomill_browser.settings import BrowserSettings
from photomill_browser.similarity import Scales
from photomill_browser.texts import LANGUAGE, texts_of

logger = logging.getLogger("photomill.browser")

T = TypeVar("T")

_COOKIE = "photomill_session"
SIGN_IN = "/sign-in"

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    # With no-referrer, browsers would call the origin of our own forms "null".
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
_UNCACHED = {"Cache-Control": "private, no-cache", "Vary": "Cookie"}

FORM_BYTES = 64 * 1024


@frozen(eq=False)
class View:
    """What answers at one address.

    :ivar handler: gets the visit, and the body where it has a second parameter: of ``bytes``, or of a class that JSON or a
        form is structured to. Gives what the template is filled with; without a template what becomes JSON; or a
        ``Response``.
    :ivar template: of the answer; empty for JSON.
    :ivar verb: ``GET``, or ``POST`` for what changes something or takes a body.
    :ivar access: ``key``: only for who is signed in; ``anyone``.
    :ivar limit: bytes of the body.
    """

    path: str
    handler: Callable[..., Any]
    template: str = field(default="", kw_only=True)
    verb: Literal["GET", "POST"] = field(default="GET", kw_only=True)
    access: Literal["key", "anyone"] = field(default="key", kw_only=True)
    limit: int = field(default=1024 * 1024, kw_only=True)
    body: Any = field(
        init=False, default=Factory(lambda self: _second_hint(self.handler), takes_self=True)
    )


def _second_hint(handler: Callable[..., Any]) -> Any:
    names = list(inspect.signature(handler).parameters)
    return get_type_hints(handler)[names[1]] if len(names) > 1 else None


@frozen(eq=False)
class Page:
    """Views that belong together.

    ``static/<name>.js`` and ``static/<name>.css`` are loaded where they exist; ``texts/<language>/<name>.toml`` holds what
    it says.

    :ivar address: where the navigation leads; empty for none.
    :ivar scope: that a key needs for the page to stand in the navigation.
    :ivar exclusive: a key without the scope sees no view of the page; its text ``not_allowed`` says so.
    :ivar field_name: what the page calls the field of a parameter; empty where it has none for it. What is wrong is named so.
    """

    name: str
    views: Sequence[View]
    address: str = ""
    scope: str = "read"
    exclusive: bool = False
    field_name: Callable[["Visit", str], str] = lambda visit, path: ""


@define(eq=False)
class Visit:
    """One request, and who makes it."""

    frame: "Frame"
    page: Page
    request: Request
    session: Session | None = None
    secret: str = field(default="", repr=False)

    @property
    def engine(self) -> Engine:
        return self.frame.engine

    @property
    def settings(self) -> BrowserSettings:
        return self.frame.settings

    @property
    def key(self) -> Key:
        """What the browser signed in with.

        :raises SignedOut: it did not.
        """
        if self.session is None:
            raise SignedOut
        return self.session.key

    @property
    def parameters(self) -> Mapping[str, Any]:
        """Those of the address."""
        return self.request.path_params

    @property
    def query(self) -> Mapping[str, str]:
        return self.request.query_params

    def count(self, limit: RateLimit) -> None:
        """Count a request of this address.

        :raises TooManyTries: there were too many.
        """
        client = self.request.client
        seconds = limit.seconds_to_wait(client.host if client else "")
        if seconds:
            raise TooManyTries(texts_of("common")("too_many", count=seconds))

    @property
    def server(self) -> str:
        """``https://host``: as browsers reach it."""
        return (self.frame.public_url or str(self.request.base_url)).rstrip("/")

    @property
    def cookie(self) -> str:
        """The name of the session's cookie."""
        return session_cookie(self.server)

    def check_collection(self) -> None:
        """Make sure that the key may see the collection of the address.

        :raises NotFound: the address names a collection that the key may not see.
        """
        identity = str(self.parameters.get("collection", ""))
        if identity and not self.engine.allows(self.key, "read", identity):
            raise NotFound(f"no collection {identity!r}")

    def check_scope(self) -> None:
        """Make sure that the key may see the page.

        :raises Forbidden: the page is only for keys that may do more.
        """
        if self.page.exclusive and not self.key.has(self.page.scope):
            raise Forbidden(texts_of(self.page.name)("not_allowed", name=self.key.name))

    def collections(self) -> list[CollectionInfo]:
        """The collections that the key may see, and choose from: photos of albums are seen in their albums."""
        of_albums = self.engine.albums.owners.collections()
        return [
            info
            for info in self.engine.collections.list_all()
            if info.id not in of_albums and self.engine.allows(self.key, "read", info.id)
        ]

    def required(self, name: str) -> str:
        """A parameter of the address that must be there.

        :raises InvalidInput: it is not.
        """
        value = self.query.get(name, "")
        if not value:
            raise InvalidInput("required, and missing", path=name)
        return value

    def collection(self, scope: str = "read") -> Collection:
        """The collection that the address names; the frame made sure that the key may see it.

        :raises NotFound: there is none.
        :raises Forbidden: the key may not do this in it.
        """
        identity = str(self.parameters["collection"])
        if not self.engine.allows(self.key, scope, identity):
            raise Forbidden(f"the key {self.key.name!r} may not {scope} here")
        return self.engine.collections.open(identity)

    def opened(self, identity: str) -> Collection:
        """A collection that something else than the address names.

        :raises NotFound: there is none, or the key may not see it.
        """
        if not self.engine.allows(self.key, "read", identity):
            raise NotFound(f"no collection {identity!r:.100}")
        return self.engine.collections.open(identity)

    def begin(self, response: Response, secret: str, seconds: float) -> Response:
        """Let the browser keep a session."""
        return self.keep(response, self.cookie, secret, seconds)

    def keep(
        self, response: Response, name: str, value: str, seconds: float, path: str = "/"
    ) -> Response:
        """Let the browser keep a cookie that no script reads, and send it from our own pages only."""
        response.set_cookie(
            name,
            value,
            max_age=int(seconds),
            path=path,
            httponly=True,
            samesite="lax",
            secure=self.server.startswith("https:"),
        )
        return response

    def end(self, response: Response) -> Response:
        """Let the browser forget its session."""
        response.delete_cookie(self.cookie, httponly=True, samesite="lax")
        return response


class Frame:
    """The pages over one engine."""

    def __init__(
        self, engine: Engine, settings: BrowserSettings, public_url: str, pages: Sequence[Page]
    ) -> None:
        self.engine = engine
        self.settings = settings
        self.public_url = public_url
        self.pages = pages
        self.assets = Assets.load()
        self.sign_ins = _limit(engine, "sign-ins", settings.sign_ins_per_minute)
        self.lookups = _limit(engine, "visits", settings.lookups_per_minute)
        self.changes = _limit(engine, "visitors' changes", settings.changes_per_minute)
        self.layouts = Layouts()
        self.scales = Scales()
        self._limiter = anyio.CapacityLimiter(settings.threads)
        self._converter = make_converter()
        self._outside = Page("error", ())
        self._templates = Environment(
            loader=ChoiceLoader(
                [PackageLoader("photomill_browser"), PackageLoader("photomill_templates")]
            ),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.policies["json.dumps_kwargs"] = {"ensure_ascii": False}

    @cached_property
    def routes(self) -> list[Route]:
        """Every route, the static files' too."""
        routes: dict[str, dict[str, tuple[Page, View]]] = {}
        for page in self.pages:
            for view in page.views:
                routes.setdefault(view.path, {})[view.verb] = (page, view)
        made = [
            Route(
                path, partial(_respond, self, verbs), methods=list(verbs), include_in_schema=False
            )
            for path, verbs in routes.items()
        ]
        return [*made, self.assets.route]

    def failed(self, request: Request, error: Exception) -> Response | None:
        """A page for an error at an address that is no page's; None for what no person asks for."""
        if "text/html" not in request.headers.get("accept", ""):
            return None
        visit = Visit(self, self._outside, request)
        self._recognise(visit)
        return self._error_page(visit, error)

    async def respond(self, request: Request, page: Page, view: View) -> Response:
        """Answer a request, whatever becomes of it."""
        request.state.operation = f"page {page.name}"
        visit = Visit(self, page, request)
        try:
            response = await self._respond(visit, view)
        except ClientDisconnect:
            response = Response(status_code=499)
        except SignedOut:
            response = self._signed_out(visit, view)
        except Exception as error:
            response = await self._in_thread(self._failed, visit, view, error)
        for name, value in (HEADERS | _UNCACHED).items():
            response.headers.setdefault(name, value)
        return response

    def render(
        self, visit: Visit, template: str, values: Mapping[str, Any], status: int = 200
    ) -> Response:
        """A page of HTML.

        :param values: for the template; ``data`` is for the page's module.
        """
        texts = texts_of(visit.page.name)
        token = form_token(visit.secret) if visit.session else ""
        html = self._templates.get_template(template).render(
            t=texts,
            page=visit.page,
            language=LANGUAGE,
            static=self.assets.address,
            has_asset=self.assets.contents.__contains__,
            form_token=token,
            form_field=Markup('<input type="hidden" name="{}" value="{}">').format(FIELD, token),
            signed_in=None if visit.session is None else visit.session.key,
            navigation=self._navigation(visit),
            island={"texts": texts.entries, "token": token, "data": values.get("data", {})},
            **values,
        )
        return HTMLResponse(html, status)

    def _navigation(self, visit: Visit) -> list[tuple[str, str, bool]]:
        if visit.session is None:
            return []
        return [
            (
                texts_of(page.name)("navigation"),
                page.address,
                # What belongs to a page of the navigation may stand below another's address.
                page is visit.page
                if visit.page.address
                else _is_below(visit.request, page.address),
            )
            for page in self.pages
            if page.address and visit.session.key.has(page.scope)
        ]

    async def _respond(self, visit: Visit, view: View) -> Response:
        await self._in_thread(self._recognise, visit)
        if view.access == "key" and visit.session is None:
            raise SignedOut
        await self._in_thread(visit.check_collection)
        visit.check_scope()
        if view.verb == "GET":
            return await self._in_thread(self._answer, visit, view)
        check_origin(visit.request, visit.server)
        body = await _received(visit.request, view.limit)
        return await self._in_thread(self._answer_body, visit, view, body)

    def _recognise(self, visit: Visit) -> None:
        secret = visit.request.cookies.get(visit.cookie, "")
        visit.session = self.engine.keys.sessions.find(secret) if secret else None
        visit.secret = secret if visit.session else ""

    def _answer_body(self, visit: Visit, view: View, body: bytes) -> Response:
        kind = visit.request.headers.get("content-type", "").partition(";")[0].strip()
        form = dict(parse_qsl(body.decode("utf-8", "replace"))) if kind == _FORM else {}
        given = form.pop(FIELD, "") or visit.request.headers.get(HEADER, "")
        if visit.session is not None:
            check_token(given, visit.secret)
        if view.body is None:
            return self._answer(visit, view)
        if view.body is bytes:
            return self._answer(visit, view, body)
        return self._answer(
            visit, view, self._structured(form if form else decode_json(body), view.body)
        )

    def _structured(self, value: Any, kind: type[T]) -> T:
        try:
            return self._converter.structure(value, kind)
        except Exception as error:
            first = describe_errors(error, "")[0]
            raise InvalidInput(first.message, path=first.path) from None

    def _answer(self, visit: Visit, view: View, *body: Any) -> Response:
        value = view.handler(visit, *body)
        if isinstance(value, Response):
            return value
        if view.template:
            return self.render(visit, view.template, value)
        content, encoding = compressed(visit.request, json.dumps(value).encode())
        headers = {"Vary": f"Cookie, {encoding.pop('Vary')}", **encoding}
        return Response(content, media_type="application/json", headers=headers)

    def _signed_out(self, visit: Visit, view: View) -> Response:
        message = texts_of("common")("signed_out")
        if not view.template:
            return JSONResponse({"error": message}, 401)
        if view.verb != "GET":
            # What was sent is not sent again after signing in.
            return self._error_page(visit, SignedOut(message))
        url = visit.request.url
        here = url.path + (f"?{url.query}" if url.query else "")
        return RedirectResponse(f"{SIGN_IN}?next={quote(here, safe='')}", 303)

    def _failed(self, visit: Visit, view: View, error: Exception) -> Response:
        if view.template or _FORM in visit.request.headers.get("content-type", ""):
            return self._error_page(visit, error)
        status, message = self._described(visit, error)
        return JSONResponse({"error": message}, status)

    def _error_page(self, visit: Visit, error: Exception) -> Response:
        status, message = self._described(visit, error)
        visit.page = self._outside
        response = self.render(visit, "error.html", {"status": status, "message": message}, status)
        for name, value in (HEADERS | _UNCACHED).items():
            response.headers.setdefault(name, value)
        return response

    def _described(self, visit: Visit, error: Exception) -> tuple[int, str]:
        if isinstance(error, HTTPException):
            return error.status_code, error.detail
        status = status_of(error) if isinstance(error, PhotomillError) else None
        if status is None:
            logger.error("an unexpected error", exc_info=error)
            return 500, UNEXPECTED
        return status, _in_words(visit, error)

    async def _in_thread(self, function: Callable[..., T], *arguments: Any) -> T:
        return await anyio.to_thread.run_sync(partial(function, *arguments), limiter=self._limiter)


def session_cookie(server: str) -> str:
    """The name of the cookie that keeps a session of a server.

    Browsers give cookies to all ports of a host: one name would let two servers sign each other's users out.

    :param server: its address.
    """
    port = server.rpartition(":")[2]
    return f"{_COOKIE}_{port}" if port.isdecimal() and port.isascii() else _COOKIE


def _limit(engine: Engine, name: str, per_minute: int) -> RateLimit:
    return engine.keys.limit_rate(name, per_minute, burst=per_minute or None)


def _is_below(request: Request, address: str) -> bool:
    return request.url.path == address or request.url.path.startswith(f"{address}/")


def _in_words(visit: Visit, error: Exception) -> str:
    """What is wrong, with the field named as the page names it."""
    if isinstance(error, InvalidInput) and error.path:
        name = visit.page.field_name(visit, error.path)
        if name:
            return f"{name}: {error.message}"
    return str(error)


_FORM = "application/x-www-form-urlencoded"


async def _respond(
    frame: Frame, verbs: Mapping[str, tuple[Page, View]], request: Request
) -> Response:
    page, view = verbs["GET" if request.method == "HEAD" else request.method]
    return await frame.respond(request, page, view)


async def _received(request: Request, limit: int) -> bytes:
    """
    :raises BodyTooLarge: it has more bytes than it may.
    """
    announced = request.headers.get("content-length", "")
    number = whole_number(announced)
    if (number is None and announced.isdecimal()) or (number or 0) > limit:
        raise BodyTooLarge(f"more than {limit} bytes")
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > limit:
            raise BodyTooLarge(f"more than {limit} bytes")
        parts.append(part)
    return b"".join(parts)
