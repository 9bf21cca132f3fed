"""The methods: each takes a collection and its parameters, and gives a status and the answer's fields."""

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Any

from attrs import evolve, frozen

from photomill.collections.collection import Candidate, Collection
from photomill.collections.model import (
    Aggregate,
    DuplicateKind,
    InsertReport,
    NewRecord,
    Record,
    SearchOptions,
    SearchResult,
    Skipped,
    TagBlend,
)
from photomill.errors import CapacityExceeded, InvalidInput
from photomill_http.numbers import whole_number
from photomill_http.settings import HttpSettings
from photomill_http.similarity import schema, statuses, translate
from photomill_http.similarity.exports import Exports
from photomill_http.similarity.statuses import Status

Json = dict[str, Any]
Result = tuple[Status, Json]

_LAST_PAGE = 999_999_999


@frozen
class Call:
    """What every method gets besides its parameters.

    :ivar path: of the URL, for links to further pages.
    :ivar exports: where answers are saved.
    """

    collection: Collection
    settings: HttpSettings
    url_query: Mapping[str, str]
    path: str
    exports: Exports

    @property
    def strict(self) -> bool:
        """Whether pictures are of goods, which come in several colours: under a path of ``products``."""
        return "products" in self.path.split("/v2/")[0].split("/")

    def some_not_found(self) -> Status:
        return evolve(statuses.SOME_NOT_FOUND, code=self.settings.partial_code)

    def product_field(self, given: str | None) -> str:
        """What to group by: as given, or else the collection's own."""
        return self.collection.info.product_field if given is None else given

    def bounded(self, records: Sequence[Any]) -> None:
        """
        :raises TooManyRecords: more than one call may hold.
        """
        if len(records) > self.settings.max_records:
            raise TooManyRecords(
                f"expected at most {self.settings.max_records}, got {len(records)}", path="records"
            )


def at_one_moment(run: Callable[[Call, Any], Result]) -> Callable[[Call, Any], Result]:
    """Let a method see one moment of the collection: what it filters by is what it shows."""

    @wraps(run)
    def run_pinned(call: Call, body: Any) -> Result:
        with call.collection.pinned() as pinned:
            return run(evolve(call, collection=pinned), body)

    return run_pinned


class TooManyRecords(InvalidInput):
    """One call names more records than it may."""


# ---------------------------------------------------------------- changing records


def insert(call: Call, body: schema.Insert) -> Result:
    return _insert(call, body.records, {}, body.fields_to_return, ["_id"])


def near_dups_insert(call: Call, body: schema.NearDupsInsert) -> Result:
    """Refuse the same picture; or, of whoever says how far away is near, all that is nearer."""
    by_radius = body.radius is not None and not call.strict
    near = {
        "near_radius": call.collection.near_radius if body.radius is None else body.radius,
        "near_kind": DuplicateKind(body.kind or ("similar" if by_radius else "near")),
        "strict": call.strict,
    }
    return _insert(call, body.records, near, body.fields_to_return, body.fields_to_return)


def _insert(
    call: Call,
    raws: list[Any],
    near: Mapping[str, Any],
    returned: Sequence[str],
    twins: Sequence[str],
) -> Result:
    call.bounded(raws)
    readable: list[NewRecord] = []
    unreadable: list[Skipped] = []
    for raw in raws:
        try:
            readable.append(translate.new_record(raw))
        except InvalidInput as error:
            unreadable.append(Skipped(translate.shown_id(raw), error))
    report = call.collection.insert(readable, **near)
    skips = [*report.skipped, *unreadable]
    inserted = [record for record in call.collection.get(report.inserted) if record is not None]
    wanted = translate.fields(returned)
    answer = translate.listed([translate.shown(record, wanted) for record in inserted])
    answer["skipped_records"] = [translate.skipped(skip, call.collection, twins) for skip in skips]
    if report.notes:
        answer["notes"] = [
            {"_id": name, "notes": list(said)} for name, said in report.notes.items()
        ]
    return _insert_status(report, skips), answer


def _insert_status(report: InsertReport, skips: list[Skipped]) -> Status:
    if not skips:
        return statuses.INSERTED
    duplicates = all(skip.is_duplicate for skip in skips)
    if report.inserted:
        return statuses.SOME_DUPLICATE if duplicates else statuses.SOME_INSERTED
    if duplicates:
        return statuses.ALL_DUPLICATE
    if any(isinstance(skip.error, CapacityExceeded) for skip in skips):
        return statuses.CAPACITY
    return statuses.ABORTED


def update(call: Call, body: schema.Records) -> Result:
    call.bounded(body.records)
    ids = [translate.record_id(raw) for raw in body.records]
    changes = [
        (identity, translate.changes_of(raw))
        for identity, raw in zip(ids, body.records, strict=True)
    ]
    unset = {
        identity: translate.unset_of(raw) for identity, raw in zip(ids, body.records, strict=True)
    }
    records = call.collection.update(changes, unset=unset)
    return _found(call, ids, records, body.fields_to_return)


def delete(call: Call, body: schema.Delete) -> Result:
    call.bounded(body.records)
    ids = list(dict.fromkeys(translate.record_id(raw) for raw in body.records))
    gone = call.collection.pop(ids)
    wanted = translate.fields(body.fields_to_return)
    shown = [translate.shown(record, wanted) for record in gone if record is not None]
    answer = translate.listed(shown)
    answer["skipped_records"] = [
        translate.missing(identity)
        for identity, record in zip(ids, gone, strict=True)
        if record is None
    ]
    if len(shown) == len(ids):
        return statuses.DELETED, answer
    return (call.some_not_found() if shown else statuses.NOT_FOUND), answer


def delete_by_filter(call: Call, body: schema.DeleteByFilter) -> Result:
    if not body.filter and not body.delete_all:
        raise InvalidInput(
            'an empty filter deletes everything: say "delete_all": true', path="filter"
        )
    wanted = translate.fields(body.fields_to_return)
    gone = [
        translate.shown(record, wanted)
        for records in call.collection.delete_matching(body.filter)
        for record in records
    ]
    answer = translate.listed(gone)
    _save(call, body, answer)
    return (statuses.DELETED if gone else statuses.NOT_FOUND), answer


# ---------------------------------------------------------------- listing


def get(call: Call, body: schema.Records) -> Result:
    call.bounded(body.records)
    ids = list(dict.fromkeys(translate.record_id(raw) for raw in body.records))
    return _found(call, ids, call.collection.get(ids), body.fields_to_return)


def _found(call: Call, ids: Sequence[str], records: Sequence[Any], names: Sequence[str]) -> Result:
    wanted = translate.fields(names)
    shown = [translate.shown(record, wanted) for record in records if record is not None]
    answer = translate.listed(shown)
    answer["skipped_records"] = [
        translate.missing(identity)
        for identity, record in zip(ids, records, strict=True)
        if record is None
    ]
    if len(shown) == len(ids):
        return statuses.FOUND, answer
    return (call.some_not_found() if shown else statuses.NOT_FOUND), answer


@at_one_moment
def find(call: Call, body: schema.Find) -> Result:
    offset = body.from_ or body.skip
    records = call.collection.find(body.filter, offset=offset, limit=body.limit)
    wanted = translate.fields(body.fields_to_return)
    return statuses.OK, translate.listed([translate.shown(record, wanted) for record in records])


@at_one_moment
def random(call: Call, body: schema.Random) -> Result:
    records = call.collection.sample(body.count, body.filter, seed=body.seed)
    wanted = translate.fields(body.fields_to_return)
    return statuses.OK, translate.listed([translate.shown(record, wanted) for record in records])


@at_one_moment
def get_record_count(call: Call, body: schema.Count) -> Result:
    answer: Json = {"answer_count": call.collection.count(body.filter)}
    if body.facet:
        facet = call.collection.facet(body.facet, body.filter)
        answer["facet"] = [{"value": value, "count": count} for value, count in facet]
    return statuses.OK, answer


@at_one_moment
def all_records(call: Call, body: schema.AllRecords) -> Result:
    size, page = _page(call.url_query)
    offset = (page - 1) * size if size else 0
    ids = call.collection.ids(body.filter, offset=offset, limit=size + 1 if size else None)
    more = bool(size) and len(ids) > size
    ids = ids[:size] if size else ids
    wanted = translate.fields(body.fields_to_return)
    if wanted == translate.ONLY_ID:
        answer = translate.listed([{"_id": identity} for identity in ids])
    else:
        found = call.collection.get(ids)
        answer = translate.listed([translate.shown(record, wanted) for record in found if record])
    if more:
        answer["next"] = f"{call.path}?size={size}&page={page + 1}"
    _save(call, body, answer)
    return statuses.OK, answer


def _save(call: Call, body: schema.AllRecords | schema.DeleteByFilter, answer: Json) -> None:
    """Save an answer's records to a file; one that is to be deleted at once need not be written."""
    if not body.delete_file_after:
        answer["output_file_name"] = call.exports.write(
            body.output_file_name, answer["answer_records"]
        )
    elif body.output_file_name is not None:
        answer["output_file_name"] = body.output_file_name


def _page(url_query: Mapping[str, str]) -> tuple[int, int]:
    """Size (0 for everything) and number of the page."""
    numbers = []
    for name, default in (("size", "0"), ("page", "1")):
        text = url_query.get(name, default)
        number = whole_number(text)
        if number is None or number > _LAST_PAGE:
            raise InvalidInput(f"expected a whole number, got {text!r:.40}", path=name)
        numbers.append(number)
    return numbers[0], max(1, numbers[1])


# ---------------------------------------------------------------- searching


@at_one_moment
def visual_knn(call: Call, body: schema.Knn) -> Result:
    return _knn(call, body, None)


@at_one_moment
def visual_tags_knn(call: Call, body: schema.Knn) -> Result:
    tags = translate.tags_of([body.query_record], call.collection)
    return _knn(call, body, TagBlend(tags, body.tags_weight))


@at_one_moment
def text(call: Call, body: schema.Knn) -> Result:
    if not isinstance(body.query_record.get("_text_data"), str):
        raise InvalidInput("expected a string", path="query_record._text_data")
    return _knn(call, body, None)


def _knn(call: Call, body: schema.Knn, tags: TagBlend | None) -> Result:
    options = SearchOptions(
        limit=body.k,
        offset=body.from_,
        filter=body.filter,
        radius=body.radius,
        product_field=call.product_field(body.product_field),
        tags=tags,
        exact=body.exact,
        effort=translate.effort(body.cand_set_size, body.approx_param),
        diversity=body.diversity,
    )
    result = call.collection.search(translate.query(body.query_record, call.collection), options)
    return statuses.OK, _searched(call, result, body.fields_to_return)


@at_one_moment
def visual_knn_multi(call: Call, body: schema.KnnMulti) -> Result:
    return _knn_multi(call, body, None)


@at_one_moment
def visual_tags_knn_multi(call: Call, body: schema.KnnMulti) -> Result:
    tags = translate.tags_of(body.query_records, call.collection)
    return _knn_multi(call, body, TagBlend(tags, body.tags_weight))


def _knn_multi(call: Call, body: schema.KnnMulti, tags: TagBlend | None) -> Result:
    call.bounded(body.query_records)
    options = SearchOptions(
        limit=body.k,
        offset=body.from_,
        filter=body.filter,
        radius=body.radius,
        tags=tags,
        exact=body.exact,
        effort=translate.effort(body.cand_set_size, body.approx_param),
    )
    queries = [translate.query(raw, call.collection) for raw in body.query_records]
    result = call.collection.search(queries, options, aggregate=Aggregate(body.aggregate))
    return statuses.OK, _searched(call, result, body.fields_to_return)


@at_one_moment
def range_(call: Call, body: schema.Range) -> Result:
    options = SearchOptions(
        limit=body.k,
        offset=body.from_,
        filter=body.filter,
        radius=body.radius,
        product_field=call.product_field(body.product_field),
    )
    result = call.collection.search(translate.query(body.query_record, call.collection), options)
    return statuses.OK, _searched(call, result, body.fields_to_return)


@at_one_moment
def near_duplicates(call: Call, body: schema.NearDuplicates) -> Result:
    result = call.collection.near_duplicates(
        translate.query(body.query_record, call.collection),
        radius=body.radius,
        filter=body.filter,
        offset=body.from_,
        limit=body.k,
        strict=call.strict,
    )
    return statuses.OK, _searched(call, result, body.fields_to_return)


@at_one_moment
def all_near_dup_pairs(call: Call, body: schema.AllNearDupPairs) -> Result:
    page = call.collection.near_duplicate_pairs(
        radius=body.radius,
        filter=body.filter,
        offset=body.from_,
        limit=body.k,
        clusters=body.clusters,
        strict=call.strict,
    )
    ids = list(
        dict.fromkeys(identity for pair in page.pairs for identity in (pair.first, pair.second))
    )
    wanted = translate.fields(body.fields_to_return)
    bodies: dict[str, Json] = {identity: {"_id": identity} for identity in ids}
    if wanted != translate.ONLY_ID:
        found = call.collection.get(ids)
        bodies.update({record.id: translate.shown(record, wanted) for record in found if record})
    answer: Json = {
        "answer_count": len(page.pairs),
        "answer_records": [[bodies[pair.first], bodies[pair.second]] for pair in page.pairs],
        "answer_distances": [pair.distance for pair in page.pairs],
        "total_count": page.total,
        "pairs": [
            {"a": pair.first, "b": pair.second, "distance": pair.distance, "_kind": pair.kind.value}
            for pair in page.pairs
        ],
    }
    if body.from_ + len(page.pairs) < page.total and page.pairs:
        answer["next"] = body.from_ + len(page.pairs)
    if page.clusters is not None:
        answer["clusters"] = page.clusters
    if page.uncompared:
        answer["notes"] = [
            f"not compared: {page.uncompared} of the pairs outside the radius whose hashes agree, for they are too "
            "many; a filter leaves fewer"
        ]
    return statuses.OK, answer


def visual_rank_records(call: Call, body: schema.RankRecords) -> Result:
    call.bounded(body.records)
    candidates, places, skips = [], [], []
    for place, raw in enumerate(body.records):
        try:
            candidates.append(_candidate(raw))
            places.append(place)
        except InvalidInput as error:
            skips.append(Skipped(translate.shown_id(raw), error))
    query = translate.query(body.query_record, call.collection)
    report = call.collection.rank(query, candidates)
    wanted = translate.fields(body.fields_to_return)
    ids = [candidates[place].id or "" for place, _ in report.ranked]
    records = []
    for (place, _), identity, stored in zip(
        report.ranked, ids, call.collection.get(ids), strict=True
    ):
        raw = body.records[places[place]]
        shown = translate.shown(stored or Record(identity, translate.attributes_of(raw)), wanted)
        records.append(shown if identity else {**shown, "_id": None})
    answer = translate.listed(records)
    answer["answer_distances"] = [distance for _, distance in report.ranked]
    answer["skipped_records"] = [
        translate.skipped(skip, call.collection, ["_id"]) for skip in [*report.skipped, *skips]
    ]
    return statuses.OK, answer


def _candidate(raw: Any) -> Candidate:
    if isinstance(raw, dict) and raw.get("_id") is None:
        source = translate.source_of(raw)
        if source is not None:
            return Candidate(None, source)
    return Candidate(translate.record_id(raw), translate.source_of(raw))


def _searched(call: Call, result: SearchResult, names: Sequence[str]) -> Json:
    answer = translate.ranked(call.collection, result.hits, names)
    answer["statistics"] = {"plan": result.plan, "scanned": result.scanned}
    return answer
