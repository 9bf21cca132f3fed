"""The similarity API, version 2: its methods, and how a request becomes a call of one."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from attrs import evolve, field, frozen
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from photomill import (
    CapacityExceeded,
    CollectionInfo,
    Conflict,
    ImageError,
    InvalidInput,
    Key,
    NotFound,
    PhotomillError,
    PluginUnavailable,
    SourceError,
    TooComplex,
    Unsupported,
)
from photomill_http import plain
from photomill_http.answers import Answer, Stopwatch
from photomill_http.bodies import Body, BodyTooLarge
from photomill_http.contract import Call, Operation, Parameter, Refused
from photomill_http.http_statuses import http_status_of, retry_after
from photomill_http.plain import PlainContract
from photomill_http.similarity import examples, methods, statuses, translate
from photomill_http.similarity.statuses import Status

Json = dict[str, Any]

PING_INFO = "Photomill similarity index"

_ALL_VERBS = ["GET", "POST", "PUT", "PATCH", "DELETE"]
_SHOWN_PREFIX = "/similarity/photos/v2"
"""Methods answer under any prefix that ends in ``/v2/``; the document shows one."""
_ERRORS = {401: "no key, or a wrong or revoked one", 429: "too many requests"}
_METHOD_ERRORS = {
    **_ERRORS,
    400: "a parameter, the filter or the JSON is wrong",
    403: "the key may not do this, or the query record cannot be read",
    404: "records or collection not found",
    409: "every record is a duplicate",
    413: "the body is too large, or names too many records",
    507: "the collection or the disk is full",
}
_COLLECTION = Parameter("collection-id", "the collection's id", place="header", required=True)
_PAGE = tuple(
    Parameter(name, schema={"type": "integer", "minimum": 0}) for name in ("size", "page")
)


@frozen(eq=False)
class Method(Operation):
    """
    :ivar ranked: whether the answer is a ranking.
    """

    ranked: bool = field(default=False, kw_only=True)


def _method(
    name: str,
    handler: Callable[[methods.MethodCall, Any], methods.Result],
    scope: str,
    *,
    ranked: bool = False,
    **further: Any,
) -> Method:
    answer = examples.RANKED_ANSWER if ranked else examples.LISTED_ANSWER
    return Method(
        "POST",
        f"{_SHOWN_PREFIX}/{name}",
        handler,
        name,
        scope=scope,
        ranked=ranked,
        answer=plain.Answer,
        parameters=(_COLLECTION, *(_PAGE if name == "allRecords" else ())),
        example=examples.REQUESTS[name],
        answer_example=examples.PROCESSED_ANSWER if scope == "write" else answer,
        errors=_METHOD_ERRORS,
        **further,
    )


_METHODS = (
    _method("insert", methods.insert, "write"),
    _method("nearDupsInsert", methods.near_dups_insert, "write"),
    _method("update", methods.update, "write"),
    _method("delete", methods.delete, "write"),
    _method("deleteByFilter", methods.delete_by_filter, "write"),
    _method("get", methods.get, "read"),
    _method("find", methods.find, "read"),
    _method("random", methods.random, "read"),
    _method("getRecordCount", methods.get_record_count, "read"),
    _method("allRecords", methods.all_records, "read"),
    _method("visualKNN", methods.visual_knn, "read", ranked=True, brief=True),
    _method(
        "visual_search",
        methods.visual_knn,
        "read",
        ranked=True,
        brief=True,
        summary="Another name for visualKNN.",
    ),
    _method("visualTagsKNN", methods.visual_tags_knn, "read", ranked=True),
    _method("text", methods.text, "read", ranked=True),
    _method("visualKNNMulti", methods.visual_knn_multi, "read", ranked=True),
    _method("visualTagsKNNMulti", methods.visual_tags_knn_multi, "read", ranked=True),
    _method("range", methods.range_, "read", ranked=True),
    _method("nearDuplicates", methods.near_duplicates, "read", ranked=True),
    _method("allNearDupPairs", methods.all_near_dup_pairs, "read"),
    _method("visualRankRecords", methods.visual_rank_records, "read", ranked=True),
)
METHODS: Mapping[str, Method] = {method.name: method for method in _METHODS}


async def ping(call: Call) -> Answer:
    """Tell that the server is there."""
    answer: Answer = call.contract.answer(statuses.OK, {"info": PING_INFO}, Stopwatch())
    return answer


def authorize(call: Call) -> Answer:
    """Tell whether a key is good."""
    whose = {"user_id": call.key.owner or call.key.id, "name": call.key.name}
    answer: Answer = call.contract.answer(statuses.OK, whose, Stopwatch())
    return answer


def _get(operation: Operation) -> Operation:
    return evolve(operation, verb="GET", name=f"{operation.name}ByGet")


def _ping(verb: str, name: str) -> Operation:
    return Operation(
        verb,
        f"{_SHOWN_PREFIX}/ping",
        ping,
        name,
        summary=f"Tell that the server is there ({verb}).",
        access="open",
        answer=plain.Answer,
        errors={},
    )


class SimilarityContract(PlainContract):
    """Collections of images, searched by how they look."""

    name: ClassVar[str] = "similarity"
    errors: ClassVar = _ERRORS
    operations: ClassVar = (
        _ping("GET", "pingByGet"),
        _ping("POST", "ping"),
        Operation("POST", "/authorization/v2/authorize", authorize, answer=plain.Answer),
        *METHODS.values(),
        _get(METHODS["getRecordCount"]),
    )

    def routes(self) -> list[Route]:
        """Any prefix, then ``/v2/<method>``."""
        paths = (
            "/authorization/v2/authorize",
            "/v2/{method}",
            "/{prefix:path}/v2/{method}",
        )
        return [
            Route(f"{path}{end}", self._dispatch, methods=_ALL_VERBS)
            for path in paths
            for end in ("", "/")
        ]

    async def _dispatch(self, request: Request) -> Response:
        name = request.path_params.get("method")
        path = "/authorization/v2/authorize" if name is None else f"{_SHOWN_PREFIX}/{name}"
        verbs = _BY_PATH.get(path)
        if verbs is None:
            return self.fault(404, f"no method {name!r:.80}").response()
        operation = verbs.get("GET" if request.method == "HEAD" else request.method)
        if operation is None:
            allowed = ", ".join(sorted(verbs))
            detail = f"{request.method} is not allowed here; use {allowed}"
            return self.fault(405, detail, {"Allow": allowed}).response()
        return await self.respond(request, operation)

    def label(self, operation: Operation) -> str:
        return operation.name.removesuffix("ByGet")

    def render(self, error: Exception, operation: Operation | None) -> Answer | None:
        if isinstance(error, BodyTooLarge):
            status = statuses.TOO_LARGE
            return self.answer(status, {"status": status.described(str(error))}, Stopwatch())
        return super().render(error, operation)

    def handle(self, call: Call, body: Body | None) -> Any:
        if body is None:
            return super().handle(call, body)
        watch = Stopwatch()
        headers: dict[str, str] = {}
        message_of: Callable[[PhotomillError], str] = str
        try:
            info, by_name = self._collection(call)
            if by_name:
                headers["Deprecation"] = "true"
            self._check_collection(call.key, call.operation.scope, info.id)
            parameters = self.parse(call, body)
            collection = self.services.engine.collections.open(info.id)
            method_call = methods.MethodCall(
                self, call.request, call.operation, call.key, collection=collection
            )
            # What was parsed has this API's names already.
            message_of = translate.message_of
            status, answer = call.operation.handler(method_call, parameters)
        except PhotomillError as error:
            assert isinstance(call.operation, Method)
            status, answer = _failed(error, message_of(error), call.operation)
            headers.update(retry_after(error))
        return self.answer(status, answer, watch, headers)

    def answer(
        self,
        status: Status,
        fields: Json,
        watch: Stopwatch,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        statistics = {"OperationTime": watch.milliseconds, **fields.get("statistics", {})}
        body = {"status": status.described(), **fields, "statistics": statistics}
        return Answer(body, self._http_status(status), headers or {})

    def check_scope(self, key: Key, operation: Operation) -> None:
        """It is looked at once the collection is known."""

    def _check_collection(self, key: Key, scope: str, collection_id: str) -> None:
        """
        :raises Refused: the key does not allow this, or the collection holds photos of another owner.
        """
        if not key.may(scope, collection_id):
            where = f"collection {collection_id!r}"
            raise Refused(self.fault(403, f"the key {key.name!r} may not {scope} in {where}"))
        if not self.services.engine.albums.owners.may_reach(key, collection_id):
            detail = f"the collection {collection_id!r} belongs to another owner"
            raise Refused(self.fault(403, detail))

    def _collection(self, call: Call) -> tuple[CollectionInfo, bool]:
        """The collection that the headers name, and whether they do it the old way.

        :raises InvalidInput: they name none, or a name that several have.
        :raises UnknownCollection: there is none, or none that the key may see.
        """
        key, headers = call.key, call.request.headers
        collections = self.services.engine.collections
        identity, name = headers.get("collection-id"), headers.get("collection")
        if identity:
            try:
                return collections.info(identity), False
            except NotFound:
                raise UnknownCollection(f"no collection {identity!r:.80}") from None
        if not name:
            raise InvalidInput("the header is missing", path="collection-id")
        found = [
            info
            for info in collections.named(name)
            if key.collections is None or info.id in key.collections
        ]
        if len(found) > 1:
            raise InvalidInput(
                f"{len(found)} collections are called {name!r:.80}; use collection-id",
                path="collection",
            )
        if not found:
            raise UnknownCollection(f"no collection called {name!r:.80}")
        return found[0], True

    def _http_status(self, status: Status) -> int:
        match self.services.settings.http_status_mode:
            case "always200":
                return 200
            case "mirror":
                return status.code
            case _:
                return status.http


_BY_PATH: dict[str, dict[str, Operation]] = {}
for _each in SimilarityContract.operations:
    _BY_PATH.setdefault(_each.path, {})[_each.verb] = _each


class UnknownCollection(PhotomillError):
    """The headers name a collection that is not there."""


def _failed(error: PhotomillError, message: str, method: Method) -> tuple[Status, Json]:
    status = _status(error, method)
    answer: Json = {"status": status.described(message)}
    if method.ranked:
        answer.update(answer_count=0, answer_records=[], answer_distances=[])
    elif status is statuses.CAPACITY:
        answer.update(answer_count=0, answer_records=[], skipped_records=[])
    return status, answer


def _status(error: PhotomillError, method: Method) -> Status:
    match error:
        case UnknownCollection():
            return statuses.UNKNOWN_COLLECTION
        case methods.TooManyRecords() | TooComplex():
            return statuses.TOO_LARGE
        case InvalidInput() | Unsupported():
            return statuses.ABORTED
        case NotFound() | SourceError() | ImageError():
            return statuses.WRONG_QUERY if method.ranked else statuses.NOT_FOUND
        case CapacityExceeded():
            return statuses.CAPACITY
        case Conflict() | PluginUnavailable():
            return statuses.UNAVAILABLE
        case _:
            unavailable = http_status_of(error) in (502, 503)
            return statuses.UNAVAILABLE if unavailable else statuses.UNKNOWN_ERROR
