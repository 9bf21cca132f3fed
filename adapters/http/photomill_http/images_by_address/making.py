"""From an address to an image: out of the cache, or made once, however many ask."""

import hashlib
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future

from attrs import frozen

from photomill import (
    BytesSource,
    EditRequest,
    Engine,
    Forbidden,
    InvalidInput,
    NotFound,
    PhotomillError,
    Source,
    UriSource,
)
from photomill_http.hosts import host_of, is_among
from photomill_http.images_by_address.cache import CachedImage, ImageCache

ERROR_SECONDS = 10
"""For which an error is remembered, here and by browsers."""
_MOST_ERRORS = 10_000


@frozen
class Wanted:
    """
    :ivar options: as they were signed, without what does not change the image.
    :ivar format: that the answer will be of.
    """

    source: str
    options: str
    format: str
    request: EditRequest

    @property
    def key(self) -> str:
        text = "\0".join((self.source, self.options, self.format))
        return hashlib.sha256(text.encode(errors="surrogateescape")).hexdigest()


class ImageMaker:
    """Makes images, each once at a time. Thread-safe."""

    def __init__(self, engine: Engine) -> None:
        settings = engine.settings.image_urls
        self._engine = engine
        self._hosts = tuple(host.lower() for host in settings.web_hosts)
        self._max_age = settings.max_age
        self._cache = ImageCache(engine.settings.data_dir / "images", settings.cache_bytes)
        self._lock = threading.Lock()
        self._making: dict[str, Future[CachedImage]] = {}
        self._errors: OrderedDict[str, tuple[float, PhotomillError]] = OrderedDict()

    def cached(self, wanted: Wanted) -> CachedImage | None:
        """The image, if it was made within the time that images are kept.

        :raises PhotomillError: it could not be made a moment ago.
        """
        with self._lock:
            moment, error = self._errors.get(wanted.key, (0.0, None))
        if error is not None and moment > time.monotonic() - ERROR_SECONDS:
            raise error
        return self._cache.get(wanted.key, time.time() - self._max_age)

    def begin(self, wanted: Wanted) -> "tuple[Future[CachedImage], Callable[[], None] | None]":
        """What will hold the image, and the work that makes it; no work where somebody does it already."""
        key = wanted.key
        with self._lock:
            future = self._making.get(key)
            if future is not None:
                return future, None
            future = self._making[key] = Future()
        return future, lambda: self._make(wanted, key, future)

    def _make(self, wanted: Wanted, key: str, future: "Future[CachedImage]") -> None:
        try:
            image = self._made(wanted, key)
        except BaseException as error:
            if isinstance(error, PhotomillError):
                self._remember(key, error)
            self._done(key)
            future.set_exception(error)
        else:
            self._done(key)
            future.set_result(image)

    def _made(self, wanted: Wanted, key: str) -> CachedImage:
        with self._cache.lock(key):
            # Another process may have made it meanwhile, or a request whose end came before this one.
            found = self._cache.get(key, time.time() - self._max_age)
            if found is not None:
                return found
            edited = self._engine.editing.edit(self.original(wanted.source), wanted.request)
            return self._cache.put(key, edited.data)

    def _done(self, key: str) -> None:
        with self._lock:
            del self._making[key]

    def _remember(self, key: str, error: PhotomillError) -> None:
        with self._lock:
            self._errors[key] = (time.monotonic(), error)
            self._errors.move_to_end(key)
            if len(self._errors) > _MOST_ERRORS:
                self._errors.popitem(last=False)

    def original(self, source: str) -> Source:
        """Where the original is.

        :raises NotFound: no such record or photo, or its original is not there, or another by now.
        :raises Forbidden: a host that the configuration does not allow.
        :raises InvalidInput: no such kind of source.
        """
        kind, _, rest = source.partition(":")
        if kind == "record":
            collection, _, record = rest.partition("/")
            return BytesSource(self._engine.collections.open(collection).original(record))
        if kind == "photo":
            return self._photo(rest)
        if kind == "storage":
            return UriSource(source)
        if kind.lower() in ("http", "https"):
            if not is_among(host_of(source).lower(), self._hosts):
                raise Forbidden("images of this host are not served: [image_urls] web_hosts")
            return UriSource(source)
        raise InvalidInput(
            "expected record:, photo:, storage:// or an address on the web", path="source"
        )

    def _photo(self, photo_id: str) -> Source:
        albums = self._engine.albums
        path = albums.photos.get(photo_id).files.get("original")
        if path is None:
            raise NotFound(f"no file of the photo {photo_id!r}")
        with albums.files.open(path).file as file:
            return BytesSource(file.read())
