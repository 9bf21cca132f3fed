"""What the methods take, as classes. ``from_`` is written ``from`` in JSON."""

from typing import Any, Literal

from attrs import field, frozen, validators

Json = dict[str, Any]

_not_negative: Any = validators.ge(0)
_share: Any = validators.and_(validators.ge(0), validators.le(1))
_limit: Any = validators.and_(validators.ge(0), validators.le(10_000))


@frozen
class Insert:
    """Insert records.

    :ivar records: each with ``_id``, one of ``_base64``, ``_url`` and ``_file``, ``tags`` and any attributes.
    :ivar fields_to_return: what the answer holds of each record.
    """

    records: list[Any]
    fields_to_return: list[str] = field(factory=lambda: ["_id"])


@frozen
class NearDupsInsert:
    """Insert records that are no near-duplicates of stored ones.

    :ivar radius: distance up to which a record may be a near-duplicate.
    :ivar kind: how alike at least. Without it: ``near``; of a given radius, all within it, but for ``products``.
    :ivar fields_to_return: what the answer holds of each record, and of the near-duplicates in the way of others.
    """

    records: list[Any]
    radius: float | None = field(default=None, validator=validators.optional(_not_negative))
    kind: Literal["exact", "near", "altered", "turned", "mirrored", "similar"] | None = None
    fields_to_return: list[str] = field(factory=lambda: ["*"])
    cand_set_size: float | None = None


@frozen
class Records:
    """Name records by their ``_id``."""

    records: list[Any]
    fields_to_return: list[str] = field(factory=lambda: ["*"])


@frozen
class Delete:
    """Delete records by their ``_id``.

    :ivar fields_to_return: what the answer holds of each record, as it was.
    """

    records: list[Any]
    fields_to_return: list[str] = field(factory=lambda: ["_id"])


@frozen
class Find:
    """List the records that a filter lets through, in the order of insertion."""

    filter: Json
    limit: int = field(default=10, validator=_limit)
    from_: int = field(default=0, validator=_not_negative)
    skip: int = field(default=0, validator=_not_negative)
    fields_to_return: list[str] = field(factory=lambda: ["*"])


@frozen
class Knn:
    """Find the records most like one.

    :ivar query_record: a stored record (``_id``), or an image (``_url``, ``_base64``, ``_file``).
    :ivar k: records to return.
    :ivar from_: records to leave out first.
    :ivar product_field: return the best record for each value of this attribute.
    :ivar radius: return records up to this distance only.
    :ivar cand_set_size: how hard an approximate index looks.
    :ivar tags_weight: how much tags count, 0 to 1, in the methods that blend them in.
    :ivar diversity: 0 to 1: trade similarity for variety.
    :ivar ranking: by how images look, or by what they show too.
    :ivar exact: measure every record.
    """

    query_record: Json
    k: int = field(default=30, validator=_limit)
    from_: int = field(default=0, validator=_not_negative)
    fields_to_return: list[str] = field(factory=lambda: ["_id"])
    filter: Json | None = None
    product_field: str | None = None
    radius: float | None = field(default=None, validator=validators.optional(_not_negative))
    cand_set_size: float | None = None
    approx_param: float | None = None
    tags_weight: float = field(default=0.3, validator=_share)
    diversity: float = field(default=0.0, validator=_share)
    ranking: Literal["visual", "meaning"] = "visual"
    exact: bool = False


@frozen
class KnnMulti:
    """Find the records most like several.

    :ivar query_records: those that cannot be read are left out, as long as one can.
    :ivar aggregate: the distance to the nearest, the mean distance, or the distance to the middle.
    """

    query_records: list[Json] = field(validator=validators.min_len(1))
    k: int = field(default=30, validator=_limit)
    from_: int = field(default=0, validator=_not_negative)
    fields_to_return: list[str] = field(factory=lambda: ["_id"])
    filter: Json | None = None
    radius: float | None = field(default=None, validator=validators.optional(_not_negative))
    cand_set_size: float | None = None
    approx_param: float | None = None
    tags_weight: float = field(default=0.3, validator=_share)
    aggregate: Literal["min", "mean", "centroid"] = "min"
    exact: bool = False


@frozen
class Range:
    """Find every record up to a distance; exact."""

    query_record: Json
    radius: float = field(validator=_not_negative)
    k: int | None = field(default=None, validator=validators.optional(_limit))
    from_: int = field(default=0, validator=_not_negative)
    fields_to_return: list[str] = field(factory=lambda: ["_id"])
    filter: Json | None = None
    product_field: str | None = None
    cand_set_size: float | None = None


@frozen
class NearDuplicates:
    """Find the near-duplicates of an image."""

    query_record: Json
    radius: float | None = field(default=None, validator=validators.optional(_not_negative))
    k: int | None = field(default=None, validator=validators.optional(_limit))
    from_: int = field(default=0, validator=_not_negative)
    fields_to_return: list[str] = field(factory=lambda: ["*"])
    filter: Json | None = None
    cand_set_size: float | None = None


@frozen
class AllNearDupPairs:
    """Find all pairs of near-duplicates.

    :ivar clusters: also join the pairs to clusters.
    """

    radius: float | None = field(default=None, validator=validators.optional(_not_negative))
    filter: Json | None = None
    fields_to_return: list[str] = field(factory=lambda: ["_id"])
    from_: int = field(default=0, validator=_not_negative)
    k: int = field(default=1000, validator=_limit)
    clusters: bool = False
    cand_set_size: float | None = None


@frozen
class RankRecords:
    """Order exactly the given records by their similarity to one."""

    query_record: Json
    records: list[Any]
    fields_to_return: list[str] = field(factory=lambda: ["_id"])


@frozen
class Random:
    """Return random records, none twice.

    :ivar seed: the same for the same choice.
    """

    count: int = field(default=1, validator=_limit)
    fields_to_return: list[str] = field(factory=lambda: ["*"])
    filter: Json | None = None
    seed: int | None = None


@frozen
class Count:
    """Count records.

    :ivar facet: also count the records for each value of this attribute.
    """

    filter: Json | None = None
    facet: str | None = None


@frozen
class AllRecords:
    """Return every record; in pages with ``?size=…&page=…``.

    :ivar output_file_name: of the file that the answer's records are saved to; a new one where it is not given.
    :ivar delete_file_after: whether that file is gone again when the answer comes.
    """

    fields_to_return: list[str] = field(factory=lambda: ["_id"])
    filter: Json | None = None
    output_file_name: str | None = None
    delete_file_after: bool = True


@frozen
class DeleteByFilter:
    """Delete every record that a filter lets through.

    :ivar delete_all: allows an empty filter.
    :ivar fields_to_return: what the answer holds of each record, as it was.
    :ivar output_file_name: of the file that the answer's records are saved to.
    :ivar delete_file_after: whether that file is gone again when the answer comes.
    """

    filter: Json = field(factory=dict)
    delete_all: bool = False
    fields_to_return: list[str] = field(factory=lambda: ["_id"])
    output_file_name: str | None = None
    delete_file_after: bool = True
