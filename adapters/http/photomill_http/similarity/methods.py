"""The methods: each takes a collection and its parameters, and gives a status and the answer's fields."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import wraps
from itertools import chain
from typing import Any

from attrs import evolve, field, frozen

from photomill import (
    Aggregate,
    Candidate,
    CapacityExceeded,
    Collection,
    DuplicateKind,
    InsertReport,
    InvalidInput,
    NewRecord,
    PairsPage,
    RankBy,
    Record,
    SearchOptions,
    SearchResult,
    Skipped,
    TagBlend,
    check_may_block,
)
from photomill_http.contract import Call
from photomill_http.numbers import whole_number
from photomill_http.settings import HttpSettings
from photomill_http.similarity import schema, statuses, translate
from photomill_http.similarity.exports import Exports
from photomill_http.similarity.statuses import Status

Json = dict[str, Any]
Result = tuple[Status, Json]

_LAST_PAGE = 999_999_999


@frozen
class MethodCall(Call):
    """A call of a method: of one collection."""

    collection: Collection = field(kw_only=True)

    @property
    def path(self) -> str:
        """Of the URL, for links to further pages."""
        return self.request.url.path

    @property
    def settings(self) -> HttpSettings:
        return self.services.settings

    @property
    def exports(self) -> Exports:
        """Where answers are saved."""
        own = self.engine.collections.export_folder(self.collection.info.id)
        return Exports.of(self.settings.export_dir, own)

    @property
    def strict(self) -> bool:
        """Whether images are of goods, which come in several colours: under a path of ``products``."""
        return "products" in self.path.split("/v2/")[0].split("/")

    def some_not_found(self) -> Status:
        return evolve(statuses.SOME_NOT_FOUND, code=self.settings.partial_code)

    def product_field(self, given: str | None) -> str:
        """What to group by: as given, or else the collection's own."""
        return self.collection.info.product_field if given is None else given

    def bounded(self, records: Sequence[Any]) -> None:
        """Make sure that a call holds no more records than it may.

        :raises TooManyRecords: more than one call may hold.
        """
        if len(records) > self.settings.max_records:
            raise TooManyRecords(
                f"expected at most {self.settings.max_records}, got {len(records)}", path="records"
            )


def at_one_moment(run: Callable[[MethodCall, Any], Result]) -> Callable[[MethodCall, Any], Result]:
    """Let a method see one moment of the collection: what it filters by is what it shows."""

    @wraps(run)
    def run_pinned(call: MethodCall, body: Any) -> Result:
        with call.collection.pinned() as pinned:
            return run(evolve(call, collection=pinned), body)

    return run_pinned


class TooManyRecords(InvalidInput):
    """One call names more records than it may."""


# ---------------------------------------------------------------- changing records


def insert(call: MethodCall, body: schema.Insert) -> Result:
    """Insert records; a bad one fails alone."""
    return _insert(call, body.records, {}, body.fields_to_return, ["_id"])


def near_dups_insert(call: MethodCall, body: schema.NearDupsInsert) -> Result:
    """Insert records that are no near-duplicates of stored ones.

    Refuse the same image; or, of whoever says how far away is near, all that is nearer.
    """
    by_radius = body.radius is not None and not call.strict
    near = {
        "near_radius": call.collection.near_radius if body.radius is None else body.radius,
        "near_kind": DuplicateKind(body.kind or ("similar" if by_radius else "near")),
        "strict": call.strict,
    }
    return _insert(call, body.records, near, body.fields_to_return, body.fields_to_return)


def _insert(
    call: MethodCall,
    raws: list[Any],
    near: Mapping[str, Any],
    returned: Sequence[str],
    returned_duplicates: Sequence[str],
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
    answer = _listed(call.collection.get(report.inserted), returned)
    answer["skipped_records"] = [
        translate.skipped(skip, call.collection, returned_duplicates) for skip in skips
    ]
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


def update(call: MethodCall, body: schema.Records) -> Result:
    """Merge attributes into records."""
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


def delete(call: MethodCall, body: schema.Delete) -> Result:
    """Delete records by their _id."""
    call.bounded(body.records)
    ids = list(dict.fromkeys(translate.record_id(raw) for raw in body.records))
    return _found(call, ids, call.collection.pop(ids), body.fields_to_return, statuses.DELETED)


def delete_by_filter(call: MethodCall, body: schema.DeleteByFilter) -> Result:
    """Delete every record that a filter lets through."""
    if not body.filter and not body.delete_all:
        raise InvalidInput(
            'an empty filter deletes everything: say "delete_all": true', path="filter"
        )
    gone = chain.from_iterable(call.collection.delete_matching(body.filter))
    answer = _listed(gone, body.fields_to_return)
    _save(call, body, answer)
    return (statuses.DELETED if answer["answer_records"] else statuses.NOT_FOUND), answer


# ---------------------------------------------------------------- listing


def get(call: MethodCall, body: schema.Records) -> Result:
    """Get records by their _id."""
    call.bounded(body.records)
    ids = list(dict.fromkeys(translate.record_id(raw) for raw in body.records))
    return _found(call, ids, call.collection.get(ids), body.fields_to_return)


def _found(
    call: MethodCall,
    ids: Sequence[str],
    records: Sequence[Any],
    names: Sequence[str],
    all_found: Status = statuses.FOUND,
) -> Result:
    wanted = translate.fields(names)
    shown = [translate.shown(record, wanted) for record in records if record is not None]
    answer = translate.listed(shown)
    answer["skipped_records"] = [
        translate.missing(identity)
        for identity, record in zip(ids, records, strict=True)
        if record is None
    ]
    if len(shown) == len(ids):
        return all_found, answer
    return (call.some_not_found() if shown else statuses.NOT_FOUND), answer


@at_one_moment
def find(call: MethodCall, body: schema.Find) -> Result:
    """List the records that a filter lets through, in the order of insertion."""
    offset = body.from_ or body.skip
    records = call.collection.find(body.filter, offset=offset, limit=body.limit)
    return statuses.OK, _listed(records, body.fields_to_return)


@at_one_moment
def random(call: MethodCall, body: schema.Random) -> Result:
    """Get random records, none twice."""
    records = call.collection.sample(body.count, body.filter, seed=body.seed)
    return statuses.OK, _listed(records, body.fields_to_return)


def _listed(records: Iterable[Record | None], names: Sequence[str]) -> Json:
    wanted = translate.fields(names)
    return translate.listed([translate.shown(record, wanted) for record in records if record])


@at_one_moment
def get_record_count(call: MethodCall, body: schema.Count) -> Result:
    """Count records."""
    answer: Json = {"answer_count": call.collection.count(body.filter)}
    if body.facet:
        facet = call.collection.facet(body.facet, body.filter)
        answer["facet"] = [{"value": value, "count": count} for value, count in facet]
    return statuses.OK, answer


@at_one_moment
def all_records(call: MethodCall, body: schema.AllRecords) -> Result:
    """List every record, in pages if asked."""
    size, page = _page(call.query)
    offset = (page - 1) * size if size else 0
    ids = call.collection.ids(body.filter, offset=offset, limit=size + 1 if size else None)
    more = bool(size) and len(ids) > size
    ids = ids[:size] if size else ids
    if translate.fields(body.fields_to_return) == translate.ONLY_ID:
        answer = translate.listed([{"_id": identity} for identity in ids])
    else:
        answer = _listed(call.collection.get(ids), body.fields_to_return)
    if more:
        answer["next"] = f"{call.path}?size={size}&page={page + 1}"
    _save(call, body, answer)
    return statuses.OK, answer


def _save(call: MethodCall, body: schema.AllRecords | schema.DeleteByFilter, answer: Json) -> None:
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


def visual_knn(call: MethodCall, body: schema.Knn) -> Result:
    """Find the images most like one."""
    if _reads_vectors_alone(call, body):
        return _knn(call, body, None)
    check_may_block()
    return _knn_at_one_moment(call, body)


@at_one_moment
def visual_tags_knn(call: MethodCall, body: schema.Knn) -> Result:
    """Find the images most like one, by look and by tags."""
    tags = translate.tags_of([body.query_record], call.collection)
    return _knn(call, body, TagBlend(tags, body.tags_weight))


@at_one_moment
def text(call: MethodCall, body: schema.Knn) -> Result:
    """Find the images that fit a text."""
    if not isinstance(body.query_record.get("_text_data"), str):
        raise InvalidInput("expected a string", path="query_record._text_data")
    return _knn(call, body, None)


@at_one_moment
def _knn_at_one_moment(call: MethodCall, body: schema.Knn) -> Result:
    return _knn(call, body, None)


def _reads_vectors_alone(call: MethodCall, body: schema.Knn) -> bool:
    """Whether one look at the rows in memory gives the whole answer: no moment of the catalog need be held for it."""
    return (
        not body.filter
        and not call.product_field(body.product_field)
        and translate.shows_ids_alone(body.fields_to_return)
        and not translate.has_image(body.query_record)
    )


def _knn(call: MethodCall, body: schema.Knn, tags: TagBlend | None) -> Result:
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
        ranking=RankBy(body.ranking),
    )
    result = call.collection.search(translate.query(body.query_record, call.collection), options)
    return statuses.OK, _searched(call, result, body.fields_to_return)


@at_one_moment
def visual_knn_multi(call: MethodCall, body: schema.KnnMulti) -> Result:
    """Find the images most like several."""
    return _knn_multi(call, body, None)


@at_one_moment
def visual_tags_knn_multi(call: MethodCall, body: schema.KnnMulti) -> Result:
    """Find the images most like several, by look and by tags."""
    tags = translate.tags_of(body.query_records, call.collection)
    return _knn_multi(call, body, TagBlend(tags, body.tags_weight))


def _knn_multi(call: MethodCall, body: schema.KnnMulti, tags: TagBlend | None) -> Result:
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
def range_(call: MethodCall, body: schema.Range) -> Result:
    """Find every image up to a distance; exact."""
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
def near_duplicates(call: MethodCall, body: schema.NearDuplicates) -> Result:
    """Find the near-duplicates of an image."""
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
def all_near_dup_pairs(call: MethodCall, body: schema.AllNearDupPairs) -> Result:
    """Find all pairs of near-duplicates."""
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
    notes = _left_out(page)
    if notes:
        answer["notes"] = notes
    return statuses.OK, answer


def _left_out(page: PairsPage) -> list[str]:
    """What was not compared."""
    notes = []
    if page.uncompared:
        notes.append(
            f"not compared: {page.uncompared} of the pairs outside the radius whose hashes agree, for they are too "
            "many; a filter leaves fewer"
        )
    if page.newer:
        notes.append(f"not compared: {page.newer} records inserted since the job that did")
    if page.approximate:
        notes.append("approximate: each record's neighbours were searched for")
    return notes


def visual_rank_records(call: MethodCall, body: schema.RankRecords) -> Result:
    """Order exactly the given images by their similarity to one."""
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


def _searched(call: MethodCall, result: SearchResult, names: Sequence[str]) -> Json:
    answer = translate.ranked(call.collection, result.hits, names)
    answer["statistics"] = {
        "plan": result.plan,
        "scanned": result.scanned,
        "certified": result.certified,
    }
    if result.channels:
        answer["statistics"]["channels"] = list(result.channels)
    if result.notes:
        answer["notes"] = list(result.notes)
    return answer
