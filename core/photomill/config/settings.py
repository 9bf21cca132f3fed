"""What ``plugins.toml`` may say, as classes."""

import base64
import re
from collections import Counter
from collections.abc import Mapping
from ipaddress import ip_network
from pathlib import Path
from typing import Any, Literal, get_args

import attrs
from attrs import Attribute, field, frozen, validators

from photomill.config.hosts import is_host_pattern
from photomill.config.secrets import masked
from photomill.config.wording import show_value

FAMILIES = (
    "decoders",
    "embedders",
    "indexes",
    "filters",
    "groupers",
    "editors",
    "encoders",
    "storages",
    "executors",
    "readers",
    "recognisers",
)
"""The tables that hold instances of components."""


ImageFormat = Literal["jpeg", "png", "webp", "gif", "tiff", "bmp", "avif", "heic"]
"""The formats of images that are told apart by their first bytes."""


def _network(instance: Any, attribute: Any, value: str) -> None:
    try:
        ip_network(value)
    except ValueError as error:
        raise ValueError(f"expected an address range like '127.0.0.0/8': {error}") from None


def _catalog_url(instance: Any, attribute: "Attribute[str]", value: str) -> None:
    # What comes before the address may be told; what follows may hold a password.
    driver, mark, _ = value.partition("://")
    if value and (not mark or driver not in _CATALOGS):
        shown = show_value(masked(value) if mark else value.partition(":")[0])
        raise ValueError(
            f"expected an address that begins with sqlite:// or postgresql+psycopg://, got {shown}"
        )


def _encryption_key(instance: Any, attribute: "Attribute[str]", value: str) -> None:
    try:
        size = len(base64.urlsafe_b64decode(value.encode("ascii")))
    except ValueError:
        size = -1
    if value and size != 32:
        raise ValueError("expected 32 bytes in URL-safe base64")


def _host(instance: Any, attribute: Any, value: str) -> None:
    if not is_host_pattern(value):
        raise ValueError(
            "expected the name of a host like 'shop.example' or '*.shop.example', without a scheme or a port, "
            f"or '*', got {show_value(value)}"
        )


def _source_beginning(instance: Any, attribute: Any, value: str) -> None:
    if not value.startswith(_SOURCES):
        raise ValueError(
            f"expected what begins with {', '.join(_SOURCES)}, such as 'storage://shop/', got {show_value(value)}"
        )


def _names_once(instance: Any, attribute: Any, value: "tuple[ImageKey, ...]") -> None:
    twice = [name for name, count in Counter(key.name for key in value).items() if count > 1]
    if twice:
        raise ValueError(f"expected keys of different names, got {show_value(twice[0])} twice")


_SOURCES = ("storage://", "https://", "http://", "record:", "photo:")

_CATALOGS = ("sqlite", "sqlite+pysqlite", "postgresql+psycopg")

_positive: Any = validators.gt(0)
_count: Any = validators.ge(1)

_INTERNAL_STORAGE = {"internal_storage": True}
"""Marks a setting that names a storage of Photomill's own, which nobody else may name."""


@frozen
class GeneralSettings:
    """``[photomill]``

    :ivar data_dir: where the catalog, index files and weights live. A relative path is taken from the working folder.
    :ivar source_roots: folders below which a record's ``_file`` may be read; none by default.
    :ivar secret_key: 32 bytes in URL-safe base64 that encrypt the secrets of registered storages; empty for a key that
        is made once and kept in the data folder. ``PHOTOMILL_SECRET_KEY`` sets it.
    :ivar plugins: entry points of plugins to load besides those that the components come from: plugins that observe.
    :ivar blas_threads: threads of one matrix product, of the whole process; 0 limits none.
    """

    data_dir: str = "./data"
    source_roots: tuple[str, ...] = ()
    secret_key: str = field(default="", repr=False, validator=_encryption_key)
    plugins: tuple[str, ...] = ()
    blas_threads: int = field(default=1, validator=validators.ge(0))


@frozen
class CatalogSettings:
    """``[catalog]``

    :ivar url: an SQLAlchemy URL, ``sqlite`` or ``postgresql+psycopg``; empty takes SQLite in the data folder.
    """

    url: str = field(default="", validator=_catalog_url)

    @property
    def is_shared(self) -> bool:
        """Whether other machines may use the same catalog."""
        return bool(self.url) and not self.url.startswith("sqlite")


@frozen
class FetchSettings:
    """``[fetch]``: limits on reading URLs.

    :ivar allow: private address ranges that may be reached, in CIDR notation; none by default.
    :ivar timeout: seconds for one whole fetch, redirects included.
    :ivar max_bytes: bytes of one answer.
    :ivar max_redirects: redirects followed, each checked anew.
    """

    allow: tuple[str, ...] = field(default=(), validator=validators.deep_iterable(_network))
    timeout: float = field(default=10.0, validator=_positive)
    max_bytes: int = field(default=20 * 1024 * 1024, validator=_positive)
    max_redirects: int = field(default=3, validator=validators.ge(0))


@frozen
class ImageSettings:
    """``[images]``: limits on images.

    :ivar formats: sniffed formats that are taken.
    :ivar max_bytes: bytes of one encoded image.
    :ivar max_pixels: width times height of the original.
    :ivar max_frames: frames or pages of one file; only the first is used.
    :ivar min_complete: share of an image's rows of pixels that must be there, 0 to 1, where its file ends too early.
        The last row of blocks (16 rows of pixels) may be missing from any; what is missing is noted.
    :ivar max_seconds: decoding one image.
    :ivar max_memory: bytes of address space that one decode may take.
    :ivar processes: decodes at once, each in a process of the sandbox; 0 takes one per core. Where it is no fewer, those of jobs
        that meet stay on a core each.
    """

    formats: tuple[ImageFormat, ...] = get_args(ImageFormat)
    max_bytes: int = field(default=50 * 1024 * 1024, validator=_positive)
    max_pixels: int = field(default=100_000_000, validator=_positive)
    max_frames: int = field(default=1000, validator=_positive)
    min_complete: float = field(
        default=1.0, validator=validators.and_(validators.ge(0), validators.le(1))
    )
    max_seconds: float = field(default=20.0, validator=_positive)
    max_memory: int = field(default=2 * 1024**3, validator=_positive)
    processes: int = field(default=0, validator=validators.ge(0))


@frozen
class SearchSettings:
    """``[search]``: what a collection gets that asks for nothing else.

    :ivar embedder: instance in ``[embedders]``.
    :ivar index: instance in ``[indexes]``, or ``auto``: exact for small collections, ``large_index`` above.
    :ivar small_index: instance that ``auto`` takes up to ``exact_rows``.
    :ivar large_index: instance that ``auto`` takes above ``exact_rows``.
    :ivar exact_index: instance whose codes prove exact searches complete, instead of a scan of all vectors; made once
        one would gain by it, in a third of the vectors' memory. Empty for none.
    :ivar exact_rows: rows up to which ``auto`` scans exactly; calibrated by ``benchmarks/search.py``.
    :ivar exact_ms: milliseconds that a search may be expected to take to be exact, before an approximate index is asked.
    :ivar filter: instance in ``[filters]``.
    :ivar threads: how many images are fetched, decoded and embedded at once; 0 takes one more than there are cores.
    :ivar max_records: records one collection may hold; 0 for no limit.
    :ivar near_radius: the default near-duplicate radius, in users' distance.
    :ivar compared_bytes: of vectors that a job copies into the data folder to compare all records of a collection that an
        external index holds; where they are more, it searches for each record's neighbours instead.
    """

    embedder: str = "main"
    index: str = "auto"
    small_index: str = "exact"
    large_index: str = "large"
    exact_index: str = "bytes"
    exact_rows: int = field(default=10_000, validator=validators.ge(0))
    exact_ms: float = field(default=0.5, validator=validators.ge(0))
    filter: str = "main"
    threads: int = field(default=0, validator=validators.ge(0))
    max_records: int = field(default=0, validator=validators.ge(0))
    near_radius: float = field(default=5.0, validator=validators.ge(0))
    compared_bytes: int = field(default=2 * 1024**3, validator=validators.ge(0))


@frozen
class EditingSettings:
    """``[editing]``: edits, and what they may cost.

    :ivar max_pixels: width times height of an image that is edited, and of the result.
    :ivar max_side: of a result, in pixels.
    :ivar max_seconds: one edit that somebody waits for.
    :ivar job_seconds: one edit of a job.
    :ivar max_memory: bytes of address space that one edit may take, and with it a process of the sandbox.
    :ivar processes: edits at once, each in a process of the sandbox; 0 takes one per core. Where it is no fewer, those of jobs
        that meet stay on a core each.
    :ivar pixel_budget: pixels held decoded at once, by all processes together; a larger image waits until no other but small
        ones are.
    :ivar crop_missing_side: what a crop does that names one side only: ``auto`` keeps the proportions, ``unchanged``
        keeps the other side.
    :ivar text_embedder: instance in ``[embedders]`` that finds objects by words; empty for none.
    :ivar temporary: instance in ``[storages]`` for results without a destination.
    :ivar keep_temporary: seconds after which those are removed.
    """

    max_pixels: int = field(default=200_000_000, validator=_positive)
    max_side: int = field(default=16_384, validator=_positive)
    max_seconds: float = field(default=60.0, validator=_positive)
    job_seconds: float = field(default=900.0, validator=_positive)
    max_memory: int = field(default=6 * 1024**3, validator=_positive)
    processes: int = field(default=0, validator=validators.ge(0))
    pixel_budget: int = field(default=400_000_000, validator=_positive)
    crop_missing_side: Literal["auto", "unchanged"] = "auto"
    text_embedder: str = ""
    temporary: str = field(default="temporary", metadata=_INTERNAL_STORAGE)
    keep_temporary: float = field(default=86_400.0, validator=_positive)


@frozen
class ImportSettings:
    """``[import]``: images into a collection, by the command line.

    :ivar gps: whether a record says where its image was taken, as far as its EXIF block does.
    """

    gps: bool = False


@frozen
class StorageSettings:
    """``[storage]``: storages that are registered while Photomill runs. Those of this file are in ``[storages]``.

    :ivar bucket: the component that serves buckets, as ``use`` would say it.
    :ivar folder: the component that serves folders of this machine.
    :ivar allow_local: whether the API may register folders of this machine; the command line always may.
    """

    bucket: str = "s3"
    folder: str = "local"
    allow_local: bool = False


@frozen
class JobSettings:
    """``[jobs]``: work that goes on behind the scenes.

    :ivar executor: instance in ``[executors]`` that does the items.
    :ivar lease: seconds after which another machine takes over from a process that gives no sign of life; it notices
        that within half of that more. On one machine it takes a quarter of that in all.
    :ivar retry_delay: seconds before an item is tried again that met a passing failure; doubled with each try.
    :ivar keep_seconds: how long an ended job is remembered.
    :ivar keep_keys: seconds for which an idempotency key leads to the job that it made.
    :ivar delivery_delays: seconds to wait after each failed try to deliver a message; one try more is made.
    :ivar deliveries: messages sent at once by one process.
    :ivar deliveries_per_host: of these, to one host and port; to one address, an eighth of them.
    :ivar max_deaths: how often a process may end while it works on nothing but one item, before that is given up.
    :ivar stop_seconds: how long a stop waits for the items that run; what is not done then is done again later.
    """

    executor: str = "main"
    lease: float = field(default=10.0, validator=_positive)
    retry_delay: float = field(default=2.0, validator=_positive)
    keep_seconds: float = field(default=604_800.0, validator=_positive)
    keep_keys: float = field(default=86_400.0, validator=_positive)
    delivery_delays: tuple[float, ...] = field(
        default=(5.0, 30.0, 300.0, 1800.0), validator=validators.deep_iterable(_positive)
    )
    deliveries: int = field(default=128, validator=_count)
    deliveries_per_host: int = field(default=16, validator=_count)
    max_deaths: int = field(default=10, validator=_count)
    stop_seconds: float = field(default=30.0, validator=validators.ge(0))


_share: Any = validators.and_(validators.ge(0), validators.le(1))


@frozen
class DerivativeSettings:
    """``[albums.derivatives.<name>]``: a smaller copy of every photo, for showing.

    :ivar side: of the longer side, or of a square, in pixels; photos are never enlarged. 0 leaves the derivative out.
    :ivar square: whether it is cut to a square.
    :ivar watermark: whether the watermark is laid over it.
    :ivar public: whether the public view shows it.
    """

    side: int = field(validator=validators.ge(0))
    square: bool = False
    watermark: bool = False
    public: bool = False


@frozen
class WatermarkSettings:
    """``[albums.watermark]``

    :ivar text: what is written over photos; ``{owner}`` stands for the owner's name. Empty for none.
    :ivar image: a PNG file to lay over them instead.
    :ivar opacity: 0 to 1.
    :ivar size: how wide one mark is, 0.01 to 1 of the photo's width.
    :ivar layout: ``tile`` repeats the mark over the whole photo; ``center`` and ``corner`` put it there once.
    """

    text: str = "© {owner}"
    image: str = ""
    opacity: float = field(default=0.4, validator=_share)
    size: float = field(
        default=0.35, validator=validators.and_(validators.ge(0.01), validators.le(1.0))
    )
    layout: Literal["tile", "center", "corner"] = "tile"


def _derivative_names(
    instance: Any, attribute: "Attribute[dict[str, Any]]", value: Mapping[str, Any]
) -> None:
    wrong = [
        repr(name)
        for name in value
        if name == "original" or not re.fullmatch("[a-z][a-z0-9_]{0,23}", name)
    ]
    if wrong:
        raise ValueError(
            "expected names of up to 24 small letters, digits and _, and not 'original', "
            f"got {', '.join(wrong)}"
        )


@frozen
class AlbumSettings:
    """``[albums]``: owners, their groups and photos.

    :ivar storage: the storage that holds the files: an instance in ``[storages]``, or a registered one.
    :ivar formats: sniffed formats of photos that are taken.
    :ivar max_bytes: bytes of one photo; ``[images] max_bytes`` holds too.
    :ivar max_photos: photos one owner may have; 0 for no limit.
    :ivar reserve_seconds: how long an upload address is good.
    :ivar quality: of derivatives, which are JPEG files, 1 to 100.
    :ivar derivatives: what is made of every photo, by name; the built-in file has six.
    :ivar thumbnail: the derivative that stands for a photo, and for a group whose first photo it is; empty for none.
    :ivar watermark: what is laid over derivatives that ask for it.
    :ivar keep_deleted: seconds after which deleted groups and photos are removed for good.
    :ivar keep_zips: seconds for which an archive can be fetched.
    :ivar cleanup_seconds: between two times that a server removes what is too old.
    """

    storage: str = field(default="albums", metadata=_INTERNAL_STORAGE)
    formats: tuple[ImageFormat, ...] = ("jpeg", "png", "webp", "heic", "tiff")
    max_bytes: int = field(default=50 * 1024 * 1024, validator=_positive)
    max_photos: int = field(default=0, validator=validators.ge(0))
    reserve_seconds: float = field(default=3600.0, validator=_positive)
    quality: int = field(
        default=85, validator=validators.and_(validators.ge(1), validators.le(100))
    )
    thumbnail: str = "watermark_small"
    derivatives: dict[str, DerivativeSettings] = field(
        factory=dict, validator=_derivative_names, hash=False
    )
    watermark: WatermarkSettings = WatermarkSettings()
    keep_deleted: float = field(default=30 * 86_400.0, validator=_positive)
    keep_zips: float = field(default=86_400.0, validator=_positive)
    cleanup_seconds: float = field(default=3600.0, validator=_positive)


@frozen
class ThumbnailSettings:
    """``[thumbnails]``: small copies of the images of records, for showing.

    :ivar enabled: whether new collections that ask for nothing else have thumbnails.
    :ivar storage: the storage that holds the files: an instance in ``[storages]``, or a registered one.
    :ivar cleanup_seconds: between two times that a server removes files that no record has.
    """

    enabled: bool = True
    storage: str = field(default="thumbnails", metadata=_INTERNAL_STORAGE)
    cleanup_seconds: float = field(default=21_600.0, validator=_positive)


@frozen
class PeopleSettings:
    """``[people]``: who is shown, in collections that ask for it; see ``photomill people``.

    :ivar recogniser: instance in ``[recognisers]`` that finds faces and tells them apart.
    """

    recogniser: str = "faces"


@frozen
class ImageKey:
    """A key that signs addresses of images.

    :ivar secret: at least 16 characters.
    """

    name: str = field(validator=validators.min_len(1))
    secret: str = field(repr=False, validator=validators.min_len(16))


@frozen
class ImageUrlSettings:
    """``[image_urls]``: images by signed addresses.

    :ivar keys: ``name`` and ``secret`` of each; the first signs, all are good. Without any, one is derived from
        ``[photomill] secret_key``.
    :ivar unsigned: beginnings of sources that need no signature, such as ``storage://shop/``.
    :ivar web_hosts: hosts of the web whose images may be edited, such as ``shop.example`` or ``*.shop.example``; ``*`` for
        any.
    :ivar max_age: seconds for which an image is kept, here and by browsers, before it is made anew.
    :ivar cache_bytes: of the images kept in the data folder; 0 keeps none.
    :ivar avif: whether who accepts AVIF gets it where an address names no format: fewer bytes, for more time to make them.
    """

    keys: tuple[ImageKey, ...] = field(default=(), validator=_names_once)
    unsigned: tuple[str, ...] = field(
        default=(), validator=validators.deep_iterable(_source_beginning)
    )
    web_hosts: tuple[str, ...] = field(default=(), validator=validators.deep_iterable(_host))
    max_age: int = field(default=86_400, validator=_count)
    cache_bytes: int = field(default=1024**3, validator=validators.ge(0))
    avif: bool = True


@frozen
class TextSettings:
    """``[texts]``: reading the text in the images of collections that want it.

    :ivar reader: instance in ``[readers]``.
    """

    reader: str = "main"


@frozen
class GroupingSettings:
    """``[grouping]``: splitting images into groups by similarity.

    :ivar embedder: instance in ``[embedders]`` that sees what images show; empty for that of ``[search]``.
    :ivar colours: instance in ``[embedders]`` that adds a small part for their colours; empty for none.
    :ivar visual: instance in ``[groupers]`` that goes by similarity.
    :ivar time: likewise, by the time images were taken.
    :ivar time_visual: likewise, by both; a group may come back to an earlier subject.
    :ivar sequence: likewise, by both, each group without gaps in the order taken.
    :ivar max_inputs: images of one job.
    :ivar max_waiting: jobs that have not ended; further ones are refused meanwhile.
    """

    embedder: str = ""
    colours: str = "color"
    visual: str = "balanced"
    time: str = "time"
    time_visual: str = "moments"
    sequence: str = "sequence"
    max_inputs: int = field(default=5000, validator=_positive)
    max_waiting: int = field(default=1000, validator=_positive)


@frozen
class ComponentSettings:
    """``[<family>.<instance>]``: which component stands under a name, and its options.

    :ivar use: ``"<entry point>:<component>"``, or one word where both have the same name. Empty leaves out an
        instance that the built-in configuration has.
    :ivar options: structured by the component's own ``Options`` class.
    """

    use: str
    options: dict[str, Any] = field(factory=dict)


@frozen
class Origin:
    """Where the settings came from, so that messages can name it.

    :ivar file: the name of the user's file; the built-in one is called the same.
    :ivar variables: for the dotted paths that the environment or the caller set: what set them.
    :ivar mistaken: paths of keys, instances and tables with mistakes; what they would have said is not known.
    """

    file: str = "plugins.toml"
    variables: Mapping[str, str] = field(factory=dict)
    mistaken: frozenset[str] = frozenset()

    def is_mistaken(self, path: str) -> bool:
        """Whether what stands at a dotted path is not known for a mistake there or in what it belongs to."""
        return any(f"{path}.".startswith((f"{each}.", f"{each}[")) for each in self.mistaken)

    def locate(self, path: str) -> str:
        """Put in front of a dotted path what it came from."""
        for known, variable in self.variables.items():
            if f"{path}.".startswith((f"{known}.", f"{known}[")) or known.startswith(f"{path}."):
                return f"{variable}: {path}"
        return f"{self.file}: {path}"


@frozen
class Settings:
    """The whole of ``plugins.toml``, after the environment was applied.

    :ivar origin: not a key of the file.
    """

    photomill: GeneralSettings = GeneralSettings()
    catalog: CatalogSettings = CatalogSettings()
    fetch: FetchSettings = FetchSettings()
    images: ImageSettings = ImageSettings()
    search: SearchSettings = SearchSettings()
    editing: EditingSettings = EditingSettings()
    jobs: JobSettings = JobSettings()
    storage: StorageSettings = StorageSettings()
    import_: ImportSettings = ImportSettings()
    albums: AlbumSettings = AlbumSettings()
    thumbnails: ThumbnailSettings = ThumbnailSettings()
    people: PeopleSettings = PeopleSettings()
    image_urls: ImageUrlSettings = ImageUrlSettings()
    grouping: GroupingSettings = GroupingSettings()
    texts: TextSettings = TextSettings()
    decoders: dict[str, ComponentSettings] = field(factory=dict)
    embedders: dict[str, ComponentSettings] = field(factory=dict)
    indexes: dict[str, ComponentSettings] = field(factory=dict)
    filters: dict[str, ComponentSettings] = field(factory=dict)
    groupers: dict[str, ComponentSettings] = field(factory=dict)
    editors: dict[str, ComponentSettings] = field(factory=dict)
    encoders: dict[str, ComponentSettings] = field(factory=dict)
    storages: dict[str, ComponentSettings] = field(factory=dict)
    executors: dict[str, ComponentSettings] = field(factory=dict)
    readers: dict[str, ComponentSettings] = field(factory=dict)
    recognisers: dict[str, ComponentSettings] = field(factory=dict)
    adapters: dict[str, dict[str, Any]] = field(factory=dict)
    origin: Origin = field(factory=Origin, eq=False, repr=False, metadata={"hidden": True})

    @property
    def data_dir(self) -> Path:
        return Path(self.photomill.data_dir).expanduser().absolute()

    @property
    def internal_storages(self) -> dict[str, str]:
        """The storages kept for Photomill's own files, by the settings that name them: no names for anybody's requests."""
        sections = {each.name: getattr(self, each.name) for each in attrs.fields(type(self))}
        return {
            f"{name}.{setting.name}": getattr(section, setting.name)
            for name, section in sections.items()
            if attrs.has(type(section))
            for setting in attrs.fields(type(section))
            if setting.metadata.get("internal_storage")
        }
