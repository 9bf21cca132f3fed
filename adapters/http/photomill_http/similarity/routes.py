"""Which methods there are, and how a request becomes a call of one."""

from collections.abc import Callable, Mapping
from typing import Any

from attrs import frozen

from photomill.collections.model import CollectionInfo
from photomill.engine import Engine
from photomill.errors import (
    CapacityExceeded,
    Conflict,
    ImageError,
    InvalidInput,
    NotFound,
    PhotomillError,
    PluginUnavailable,
    SourceError,
    Unsupported,
)
from photomill.json_text import TooComplex
from photomill.keys import Key
from photomill_http.answers import Answer, Stopwatch
from photomill_http.auth import require_collection
from photomill_http.bodies import Body, BodyTooLarge, structured
from photomill_http.http_statuses import http_status_of
from photomill_http.settings import HttpSettings
from photomill_http.similarity import methods, schema, statuses
from photomill_http.similarity.exports import Exports
from photomill_http.similarity.statuses import Status

Json = dict[str, Any]

PING_INFO = "Photomill similarity index"


@frozen
class Method:
    """One method of the API: what its OpenAPI operation, its checks and its call are made from."""

    name: str
    summary: str
    body: type
    run: Callable[[methods.Call, Any], tuple[Status, Json]]
    scope: str
    verbs: tuple[str, ...] = ("POST",)
    ranked: bool = False


METHODS: Mapping[str, Method] = {
    method.name: method
    for method in (
        Method(
            "insert",
            "Insert records; a bad one fails alone.",
            schema.Insert,
            methods.insert,
            "write",
        ),
        Method(
            "nearDupsInsert",
            "Insert records that are no near-duplicates of stored ones.",
            schema.NearDupsInsert,
            methods.near_dups_insert,
            "write",
        ),
        Method("update", "Merge attributes into records.", schema.Records, methods.update, "write"),
        Method("delete", "Delete records by their _id.", schema.Delete, methods.delete, "write"),
        Method(
            "deleteByFilter",
            "Delete every record that a filter lets through.",
            schema.DeleteByFilter,
            methods.delete_by_filter,
            "write",
        ),
        Method("get", "Get records by their _id.", schema.Records, methods.get, "read"),
        Method(
            "find",
            "List the records that a filter lets through, in the order of insertion.",
            schema.Find,
            methods.find,
            "read",
        ),
        Method("random", "Get random records, none twice.", schema.Random, methods.random, "read"),
        Method(
            "getRecordCount",
            "Count records.",
            schema.Count,
            methods.get_record_count,
            "read",
            ("GET", "POST"),
        ),
        Method(
            "allRecords",
            "List every record, in pages if asked.",
            schema.AllRecords,
            methods.all_records,
            "read",
        ),
        Method(
            "visualKNN",
            "Find the pictures most like one.",
            schema.Knn,
            methods.visual_knn,
            "read",
            ranked=True,
        ),
        Method(
            "visual_search",
            "Another name for visualKNN.",
            schema.Knn,
            methods.visual_knn,
            "read",
            ranked=True,
        ),
        Method(
            "visualTagsKNN",
            "Find the pictures most like one, by look and by tags.",
            schema.Knn,
            methods.visual_tags_knn,
            "read",
            ranked=True,
        ),
        Method(
            "text",
            "Find the pictures that fit a text.",
            schema.Knn,
            methods.text,
            "read",
            ranked=True,
        ),
        Method(
            "visualKNNMulti",
            "Find the pictures most like several.",
            schema.KnnMulti,
            methods.visual_knn_multi,
            "read",
            ranked=True,
        ),
        Method(
            "visualTagsKNNMulti",
            "Find the pictures most like several, by look and by tags.",
            schema.KnnMulti,
            methods.visual_tags_knn_multi,
            "read",
            ranked=True,
        ),
        Method(
            "range",
            "Find every picture up to a distance; exact.",
            schema.Range,
            methods.range_,
            "read",
            ranked=True,
        ),
        Method(
            "nearDuplicates",
            "Find the near-duplicates of a picture.",
            schema.NearDuplicates,
            methods.near_duplicates,
            "read",
            ranked=True,
        ),
        Method(
            "allNearDupPairs",
            "Find all pairs of near-duplicates.",
            schema.AllNearDupPairs,
            methods.all_near_dup_pairs,
            "read",
        ),
        Method(
            "visualRankRecords",
            "Order exactly the given pictures by their likeness to one.",
            schema.RankRecords,
            methods.visual_rank_records,
            "read",
            ranked=True,
        ),
    )
}


@frozen
class Similarity:
    """Answers the similarity API from an engine."""

    engine: Engine
    settings: HttpSettings

    def ping(self) -> Answer:
        """Tell that the server is there; asks for no key."""
        watch = Stopwatch()
        return self._answer(statuses.OK, {"info": PING_INFO}, watch)

    def authorized(self, key: Key) -> Answer:
        """Tell the client whose key it has."""
        return self._answer(
            statuses.OK, {"user_id": key.owner or key.id, "name": key.name}, Stopwatch()
        )

    def call(
        self,
        method: Method,
        key: Key,
        headers: Mapping[str, str],
        url_query: Mapping[str, str],
        path: str,
        body: Body,
    ) -> Answer:
        """Run a method.

        :raises Refused: the key does not allow it.
        """
        watch = Stopwatch()
        deprecated: dict[str, str] = {}
        try:
            info, by_name = self._collection(key, headers)
            if by_name:
                deprecated["Deprecation"] = "true"
            require_collection(self.engine, key, method.scope, info.id)
            parameters: Any = structured(body.object(), method.body)
            collection = self.engine.collections.open(info.id)
            exports = Exports.of(
                self.settings.export_dir, self.engine.settings.data_dir, collection.info.id
            )
            call = methods.Call(collection, self.settings, url_query, path, exports)
            status, answer = method.run(call, parameters)
        except PhotomillError as error:
            status, answer = _failed(error, method)
        return self._answer(status, answer, watch, deprecated)

    def too_large(self, error: BodyTooLarge) -> Answer:
        """Refuse a body."""
        return self._answer(
            statuses.TOO_LARGE, {"status": statuses.TOO_LARGE.described(str(error))}, Stopwatch()
        )

    def _collection(self, key: Key, headers: Mapping[str, str]) -> tuple[CollectionInfo, bool]:
        """The collection that the headers name, and whether they do it the old way.

        :raises InvalidInput: they name none, or a name that several have.
        :raises UnknownCollection: there is none, or none that the key may see.
        """
        identity, name = headers.get("collection-id"), headers.get("collection")
        if identity:
            try:
                return self.engine.collections.info(identity), False
            except NotFound:
                raise UnknownCollection(f"no collection {identity!r:.80}") from None
        if not name:
            raise InvalidInput("the header is missing", path="collection-id")
        found = [
            info
            for info in self.engine.collections.named(name)
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

    def _answer(
        self,
        status: Status,
        fields: Json,
        watch: Stopwatch,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        statistics = {"OperationTime": watch.milliseconds, **fields.get("statistics", {})}
        body = {"status": status.described(), **fields, "statistics": statistics}
        return Answer(body, self._http_status(status), headers or {})

    def _http_status(self, status: Status) -> int:
        match self.settings.http_status_mode:
            case "always200":
                return 200
            case "mirror":
                return status.code
            case _:
                return status.http


class UnknownCollection(PhotomillError):
    """The headers name a collection that is not there."""


def _failed(error: PhotomillError, method: Method) -> tuple[Status, Json]:
    status = _status(error, method)
    answer: Json = {"status": status.described(str(error))}
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
