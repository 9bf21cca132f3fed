"""One frame for every contract: an operation is data, from which its route, its checks and its entry in OpenAPI come.

A request is checked in a fixed order: its key, how often the key calls, its scope, the size of its body. Then the body is
parsed within limits, off the event loop. A body that says it has next to no size is taken first, so that one thread does
all of this; nothing of it is looked at before.
"""

import inspect
import logging
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from types import NoneType
from typing import Any, ClassVar, Literal, get_type_hints

from attrs import Factory, evolve, field, frozen
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from photomill import Engine, InvalidInput, Key, PhotomillError, Schema, class_schemas
from photomill_http.answers import Answer
from photomill_http.auth import secret_of
from photomill_http.bodies import Body, BodyTooLarge, release_frames, structured
from photomill_http.http_statuses import expected, http_status_of, retry_after
from photomill_http.numbers import whole_number
from photomill_http.services import Services

Json = dict[str, Any]

UNEXPECTED = "an unexpected error; the server's log says more"
_NO_SIZE = 16 * 1024
"""Bytes of a body that arrives with the head of its request, more or less: it is taken before the key is looked at."""
CALLER_LEFT = 499
"""What nginx calls a request whose caller went away."""

BINARY: Json = {"type": "string", "format": "binary"}

_REFERENCE = "#/components/schemas/"

logger = logging.getLogger("photomill.http")


class Refused(Exception):
    """A request is not done; carries the answer."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        super().__init__()


class NoKey(Exception):
    """A request comes without a key, or with an unknown or revoked one.

    :ivar header: whether there was a header for it.
    :ivar secret: whether that had a key in it.
    """

    def __init__(self, *, header: bool = False, secret: bool = False) -> None:
        self.header = header
        self.secret = secret
        super().__init__()


class TooManyRequests(Exception):
    """A key, or an address, calls too often.

    :ivar seconds: until it may call again.
    """

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds
        super().__init__()


class NoScope(Exception):
    """A key may not do what is asked."""

    def __init__(self, key: Key, scope: str) -> None:
        self.key = key
        self.scope = scope
        super().__init__()


@frozen
class Parameter:
    """A parameter of the query or a header."""

    name: str
    description: str = ""
    schema: Schema = field(factory=lambda: {"type": "string"})
    place: Literal["query", "header"] = "query"
    required: bool = False


@frozen
class Reply:
    """An answer in the document.

    :ivar answer: the class, or the schema, of its body; None for none.
    """

    description: str
    answer: Any = None
    media: str = "application/json"


def _hint(place: int) -> Any:
    """Of the handler's parameter at this place, or of what it gives (-1); None where that says nothing."""

    def read(operation: "Operation") -> Any:
        handler = operation.handler
        hints = get_type_hints(handler, include_extras=True)
        if place < 0:
            given = hints.get("return")
            return None if given in (Any, NoneType, Answer, Response) else given
        names = list(inspect.signature(handler).parameters)
        return hints[names[place]] if len(names) > place else None

    return Factory(read, takes_self=True)


@frozen(eq=False)
class Operation:
    """One verb at one address.

    :ivar path: below the contract's prefixes.
    :ivar handler: gets the call, and the parsed body where it has a parameter for one; gives the answer's body, an
        ``Answer`` or a ``Response``. A coroutine function runs on the event loop, after the body is parsed; others run in
        a thread. Its docstring begins with the summary.
    :ivar name: the handler's, in camel case, by default.
    :ivar body: the class of the body, as the handler declares it; ``Body`` for one that is not JSON.
    :ivar answer: the class, or the schema, of the answer, as the handler declares it.
    :ivar scope: the contract's by default.
    :ivar access: ``key``: only with one; ``anyone``: a key shows more; ``open``: no key is looked at.
    :ivar query: the class of the query's parameters, further to ``parameters``.
    :ivar also: further media of the answer, and their schemas.
    :ivar example: of the body.
    :ivar errors: further statuses, and what they mean; the contract's by default.
    :ivar responses: further answers.
    :ivar request: the body as OpenAPI writes it, where its class does not say it.
    :ivar admit: looks at what the address or the query says, before the body is read; what it gives is ``Call.admitted``.
    :ivar headers: of every answer, errors too.
    :ivar slow: whether it takes seconds; others do not wait for it.
    :ivar brief: whether it changes nothing, and is mostly over within milliseconds: it is tried on the event loop.
    :ivar spooled: whether the body stays on disk while it is worked on.
    :ivar absolute: whether the path stands below no prefix, and has no other spellings.
    :ivar hidden: from the OpenAPI document.
    :ivar is_coroutine: whether the handler is a coroutine function.
    """

    verb: str
    path: str
    handler: Callable[..., Any]
    name: str = field(
        default=Factory(lambda self: _camel_case(self.handler.__name__), takes_self=True)
    )
    summary: str = field(
        default=Factory(lambda self: _summary(self.handler), takes_self=True), kw_only=True
    )
    body: Any = field(default=_hint(1), kw_only=True)
    answer: Any = field(default=_hint(-1), kw_only=True)
    status: int = field(default=200, kw_only=True)
    scope: str = field(default="", kw_only=True)
    access: Literal["key", "anyone", "open"] = field(default="key", kw_only=True)
    parameters: tuple[Parameter, ...] = field(default=(), kw_only=True)
    query: type | None = field(default=None, kw_only=True)
    description: str = field(default="", kw_only=True)
    done: str = field(default="done", kw_only=True)
    media: str = field(default="application/json", kw_only=True)
    also: Mapping[str, Json] = field(factory=dict, kw_only=True)
    example: Json | None = field(default=None, kw_only=True)
    answer_example: Json | None = field(default=None, kw_only=True)
    errors: Mapping[int, str] | None = field(default=None, kw_only=True)
    responses: Mapping[int, Reply] = field(factory=dict, kw_only=True)
    request: Json | None = field(default=None, kw_only=True)
    admit: Callable[[Any], Any] | None = field(default=None, kw_only=True)
    headers: Mapping[str, str] = field(factory=dict, kw_only=True)
    slow: bool = field(default=False, kw_only=True)
    brief: bool = field(default=False, kw_only=True)
    spooled: bool = field(default=False, kw_only=True)
    absolute: bool = field(default=False, kw_only=True)
    hidden: bool = field(default=False, kw_only=True)
    is_coroutine: bool = field(
        init=False,
        default=Factory(lambda self: inspect.iscoroutinefunction(self.handler), takes_self=True),
    )


def _camel_case(name: str) -> str:
    first, *others = name.strip("_").split("_")
    return first + "".join(each.capitalize() for each in others)


def _summary(handler: Callable[..., Any]) -> str:
    return (handler.__doc__ or "").partition("\n\n")[0].strip()


@frozen
class Call:
    """One request that may go on.

    :ivar caller: whose it is; None where nobody's key is known.
    :ivar admitted: what the operation's ``admit`` found.
    """

    contract: Any
    request: Request
    operation: Operation
    caller: Key | None = None
    admitted: Any = None

    @property
    def services(self) -> Services:
        services: Services = self.contract.services
        return services

    @property
    def engine(self) -> Engine:
        return self.services.engine

    @property
    def key(self) -> Key:
        """The caller's key, of an operation that asks for one."""
        assert self.caller is not None
        return self.caller

    @property
    def parameters(self) -> Mapping[str, str]:
        """Those of the address."""
        return self.request.path_params

    @property
    def query(self) -> Mapping[str, str]:
        return self.request.query_params

    @property
    def given(self) -> Mapping[str, Any]:
        """The body as it was sent."""
        given: Mapping[str, Any] = self.request.state.given
        return given

    @property
    def server(self) -> str:
        """``https://host``: as the caller reached it, unless the configuration says how it is reached."""
        server = self.services.settings.public_url or str(self.request.base_url)
        return server.rstrip("/")


class Contract(ABC):
    """A public API: its operations, who may call them, and how its errors look.

    :cvar name: in the OpenAPI document, the log and the metrics.
    :cvar scope: that a key needs, unless an operation says another.
    :cvar prefixes: before every path; each with what it adds to the names of operations.
    :cvar schema_prefix: before the name of each of its schemas.
    :cvar errors: statuses of every operation, and what they mean.
    :cvar names: what it calls the engine's parameters, where it has words of its own.
    :cvar path_schemas: of the parameters in addresses, where they are no plain strings.
    :cvar envelope: the class of an error's body.
    :cvar needs_body: whether an operation that takes a body does not do without.
    """

    name: ClassVar[str]
    operations: ClassVar[Sequence[Operation]]
    scope: ClassVar[str] = ""
    prefixes: ClassVar[Mapping[str, str]] = {"": ""}
    schema_prefix: ClassVar[str] = ""
    errors: ClassVar[Mapping[int, str]] = {}
    names: ClassVar[Mapping[str, str]] = {}
    path_schemas: ClassVar[Mapping[str, Schema]] = {}
    envelope: ClassVar[Any]
    needs_body: ClassVar[bool] = True
    error_example: ClassVar[Json | None] = None

    challenge: ClassVar[str] = "Bearer"
    no_key: ClassVar[str]
    wrong_key: ClassVar[str]
    too_many: ClassVar[str]
    no_scope: ClassVar[str]

    def __init__(self, services: Services) -> None:
        self.services = services

    # ------------------------------------------------------------ what a contract says

    @abstractmethod
    def fault(self, status: int, message: str, headers: Mapping[str, str] | None = None) -> Answer:
        """An error as this contract's clients read it."""

    def render(self, error: Exception, operation: Operation | None) -> Answer | None:
        """How an error is answered; None for one that nobody expects."""
        match error:
            case NoKey(secret=given):
                message = self.wrong_key if given else self.no_key
                return self.fault(401, message, {"WWW-Authenticate": self.challenge})
            case TooManyRequests(seconds=seconds):
                message = self.too_many.format(seconds=seconds)
                return self.fault(429, message, {"Retry-After": str(seconds)})
            case NoScope(key=key, scope=scope):
                return self.fault(403, self.no_scope.format(key=key.name, scope=scope))
            case BodyTooLarge():
                return self.fault(413, str(error))
            case HTTPException(status_code=status):
                return self.fault(status, error.detail, error.headers)
            case PhotomillError():
                known = http_status_of(error)
                if known is None:
                    return None
                return self.fault(known, str(error), retry_after(error))
        return None

    def authenticate(self, request: Request, operation: Operation) -> Call:
        """Let a caller in. Work for a thread.

        :raises NoKey: none, or an unknown or revoked one.
        :raises TooManyRequests: it calls too often.
        :raises NoScope: it may not do this.
        """
        key = self.key(request)
        if key is not None:
            self.count(request, key)
        elif operation.access == "key":
            raise NoKey
        if key is not None:
            self.check_scope(key, operation)
        return Call(self, request, operation, key)

    def key(self, request: Request) -> Key | None:
        """The caller's key; None where none is given.

        :raises NoKey: it is unknown or revoked.
        """
        header = request.headers.get("authorization", "").strip()
        secret = secret_of(header)
        key = self.services.engine.keys.verify(secret) if secret else None
        if key is None and header:
            raise NoKey(header=True, secret=bool(secret))
        return key

    def count(self, request: Request, key: Key) -> None:
        """Count a call.

        :raises TooManyRequests: there were too many.
        """
        seconds = self.services.rates.seconds_to_wait(key.id)
        if seconds:
            raise TooManyRequests(seconds)

    def check_scope(self, key: Key, operation: Operation) -> None:
        """Make sure that the key may do this.

        :raises NoScope: the key may not do this.
        """
        scope = operation.scope or self.scope
        if scope and not key.has(scope):
            raise NoScope(key, scope)

    def limit(self, operation: Operation) -> int:
        """Bytes that a body may have."""
        return self.services.settings.body_limit

    def parse(self, call: Call, body: Body) -> Any:
        """Make the body what the operation takes.

        :raises InvalidInput: it is no such body.
        """
        kind = call.operation.body
        return body if kind is Body else structured(body.object(), kind)

    def handle(self, call: Call, body: Body | None) -> Any:
        """Parse the body, and do the work. Runs in a thread."""
        handler = call.operation.handler
        return handler(call) if body is None else handler(call, self.parse(call, body))

    def wrap(self, value: Any) -> Any:
        """What the body of an answer that went well is."""
        return value

    def label(self, operation: Operation) -> str:
        """What metrics and the log call an operation."""
        return f"{self.name} {operation.handler.__name__}"

    def served(self) -> Iterable[Operation]:
        """The operations, those that depend on the configuration included."""
        return self.operations

    def spellings(self, path: str) -> Iterable[str]:
        """The addresses that lead to a path; the first is the one to use."""
        return (path,)

    def covers(self, path: str) -> bool:
        """Whether an address is this contract's, even if there is nothing at it."""
        return any(path == prefix or path.startswith(f"{prefix}/") for prefix in self.prefixes)

    @classmethod
    def wrap_schema(cls, schema: Schema) -> Schema:
        """The schema of an answer's body, given that of what the handler gives."""
        return schema

    @classmethod
    def describe(cls, kinds: Sequence[Any]) -> tuple[list[Schema], dict[str, Schema]]:
        """The schemas of types, and those of the classes in them by their names."""
        return class_schemas(kinds, f"{_REFERENCE}{cls.schema_prefix}{{name}}")

    # ------------------------------------------------------------ what the frame does

    def failed(self, error: Exception, operation: Operation | None = None) -> Answer:
        """How whatever was raised is answered."""
        if isinstance(error, Refused):
            return error.answer
        answer = self.render(self._renamed(expected(error) or error), operation)
        if answer is None:
            logger.error("an unexpected error", exc_info=error)
            answer = self.fault(500, UNEXPECTED)
        return answer

    def _renamed(self, error: Exception) -> Exception:
        """An error with the name that this contract has for the parameter it concerns."""
        if isinstance(error, InvalidInput) and error.path in self.names:
            return type(error)(error.message, path=self.names[error.path])
        return error

    async def respond(self, request: Request, operation: Operation) -> Response:
        """Answer a request, whatever becomes of it."""
        state = request.state
        state.operation = self.label(operation)
        state.headers = dict(operation.headers)
        if operation.access == "open" and "{" in operation.path:
            # Such an address holds a secret.
            state.logged_path = f"{operation.path.partition('/{')[0]}/…"
        try:
            response = await self._respond(request, operation)
        except ClientDisconnect:
            # Nobody's fault, and nobody is there to read an answer; the log and the metrics tell it by this status.
            response = Response(status_code=CALLER_LEFT)
        except Exception as error:
            response = self.failed(error, operation).response()
            release_frames(error)
        finally:
            # A connection keeps the state of its last request, until the collector comes.
            state.given = {}
        response.headers.update(state.headers)
        return response

    async def _respond(self, request: Request, operation: Operation) -> Response:
        services = self.services
        if self._goes_at_once(request, operation):
            return await self._respond_at_once(request, operation)
        if operation.access == "open":
            call = Call(self, request, operation)
        else:
            call = await services.in_thread(self.authenticate, request, operation)
        if operation.admit is not None:
            call = evolve(call, admitted=await services.in_thread(operation.admit, call))
        if operation.body is None:
            return await self._run(call)
        in_memory = not operation.spooled
        limit = self.limit(operation)
        async with services.bodies.received(request, limit, in_memory=in_memory) as body:
            if not (operation.slow or operation.is_coroutine):
                return await services.in_thread(self._answer, call, body)
            parsed = await services.in_thread(self.parse, call, body)
            if operation.slow:
                return await services.in_edit_thread(
                    lambda: self._encode(operation, operation.handler(call, parsed))
                )
        # The body is let go before a handler waits for something else.
        return self._encode(operation, await operation.handler(call, parsed))

    def _goes_at_once(self, request: Request, operation: Operation) -> bool:
        """Whether a request has next to no body, and one thread can do all there is to it.

        Who shows no key, or waits to be told to go on, is answered before the body comes.
        """
        if (
            operation.access == "open"
            or "authorization" not in request.headers
            or "expect" in request.headers
            or operation.admit is not None
            or operation.slow
            or operation.is_coroutine
        ):
            return False
        size = whole_number(request.headers.get("content-length", ""))
        return operation.body is None or (
            size is not None and size <= min(_NO_SIZE, self.limit(operation))
        )

    async def _respond_at_once(self, request: Request, operation: Operation) -> Response:
        """Look at the key, parse the body and do the work, in this order, without going back to the event loop."""
        call: Call | None = None

        def work(body: Body | None) -> Response:
            nonlocal call
            if call is None:
                # A call is counted once, however often its work is begun.
                call = self.authenticate(request, operation)
            return self._answer(call, body)

        run = self.services.on_loop if operation.brief else self.services.in_thread
        if operation.body is None:
            return await run(work, None)
        async with self.services.bodies.received(request, _NO_SIZE) as body:
            return await run(work, body)

    async def _run(self, call: Call) -> Response:
        if call.operation.is_coroutine:
            return self._encode(call.operation, await call.operation.handler(call))
        return await self.services.in_thread(self._answer, call, None)

    def _answer(self, call: Call, body: Body | None) -> Response:
        return self._encode(call.operation, self.handle(call, body))

    def _encode(self, operation: Operation, value: Any) -> Response:
        if isinstance(value, Response):
            return value
        answer = value if isinstance(value, Answer) else None
        return (answer or Answer(self.wrap(value), operation.status)).response()

    def routes(self) -> Iterable[Route]:
        """Every route."""
        paths: dict[tuple[str, bool], dict[str, Operation]] = {}
        for operation in self.served():
            paths.setdefault((operation.path, operation.absolute), {})[operation.verb] = operation
        for (path, absolute), verbs in paths.items():
            for prefix in ("",) if absolute else self.prefixes:
                spellings = (path,) if absolute else self.spellings(prefix + path)
                first, *others = spellings
                endpoint = self._endpoint(verbs)
                yield Route(first, endpoint, methods=list(verbs))
                for other in others:
                    yield Route(other, endpoint, methods=list(verbs), include_in_schema=False)

    def _endpoint(self, verbs: Mapping[str, Operation]) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            verb = "GET" if request.method == "HEAD" else request.method
            return await self.respond(request, verbs[verb])

        return endpoint
