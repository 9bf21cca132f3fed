"""``/images/<signature>/<options>/<source>``."""

import asyncio
import time
from collections.abc import Mapping
from typing import Any, ClassVar

from starlette.responses import Response

from photomill import Forbidden, decoded_source
from photomill_http import answers
from photomill_http.contract import BINARY, Call, Operation, Reply
from photomill_http.files import byte_range
from photomill_http.images_by_address.cache import CachedImage
from photomill_http.images_by_address.making import ERROR_SECONDS, ImageMaker, Wanted
from photomill_http.images_by_address.translate import MEDIA_TYPES, Asked, read_options
from photomill_http.plain import PlainContract
from photomill_http.services import Services

_FORBIDDEN = {403: "the signature is not good, or it has expired"}


async def show_image(call: Call) -> Response:
    """Show an image, edited as the address says.

    Options and source are signed; ``photomill url`` and ``ImageUrls`` make addresses.
    """
    contract: ImagesContract = call.contract
    found = await call.services.in_thread(contract.look_up, call)
    if isinstance(found, Response):
        return found
    wanted, asked = found
    future, work = contract.maker.begin(wanted)
    if work is not None:
        # It goes on where its caller leaves: others may wait for it.
        doing = asyncio.ensure_future(call.services.in_edit_thread(work))
        contract.doing.add(doing)
        doing.add_done_callback(contract.doing.discard)
    image = await asyncio.shield(asyncio.wrap_future(future))
    return answer(call, image, wanted.format, asked, contract.max_age)


def answer(call: Call, image: CachedImage, format: str, asked: Asked, max_age: int) -> Response:
    """The image, a part of it, or that it has not changed."""
    fresh = image.made + max_age - time.time()
    if asked.expires is not None:
        fresh = min(fresh, asked.expires - time.time())
    headers = {
        "ETag": f'"{image.tag}"',
        "Cache-Control": f"public, max-age={max(0, int(fresh))}",
        "Accept-Ranges": "bytes",
        "X-Content-Type-Options": "nosniff",
    }
    if not asked.format:
        headers["Vary"] = "Accept"
    if headers["ETag"] in call.request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    media = MEDIA_TYPES[format]
    if_range = call.request.headers.get("if-range", headers["ETag"])
    given = call.request.headers.get("range", "") if if_range == headers["ETag"] else ""
    span = byte_range(given, len(image.data))
    if span is None:
        headers["Content-Range"] = f"bytes */{len(image.data)}"
        return Response(status_code=416, headers=headers)
    start, end = span
    partial = (start, end) != (0, len(image.data))
    if partial:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{len(image.data)}"
    return Response(image.data[start:end], 206 if partial else 200, headers, media)


class ImagesContract(PlainContract):
    """Images by signed addresses, for pages: no key, one verb."""

    name: ClassVar[str] = "images"
    prefixes: ClassVar[Mapping[str, str]] = {"/images": ""}
    errors: ClassVar = {
        400: "an option is wrong",
        **_FORBIDDEN,
        404: "there is no such record, photo or storage",
        413: "the original is too large",
        415: "the original is of no format that is taken",
        422: "the original cannot be had, or cannot be read",
    }
    operations: ClassVar = (
        Operation(
            "GET",
            "/images/{signature}/{options}/{source:path}",
            show_image,
            access="open",
            answer=BINARY,
            media="image/*",
            done="the image",
            responses={
                206: Reply("a part of the image", BINARY, "image/*"),
                304: Reply("unchanged"),
                416: Reply("no such bytes"),
            },
            absolute=True,
        ),
    )

    def __init__(self, services: Services) -> None:
        super().__init__(services)
        self.maker = ImageMaker(services.engine)
        self.max_age = services.engine.settings.image_urls.max_age
        self.avif = (
            services.engine.settings.image_urls.avif
            and "avif" in services.engine.editing.output_formats
        )
        self.doing: set[asyncio.Future[Any]] = set()

    def look_up(self, call: Call) -> "Response | tuple[Wanted, Asked]":
        """The answer, where the image is kept; else what is wanted. Work for a thread.

        :raises PhotomillError: a bad address; or the image could not be made a moment ago.
        """
        options = call.parameters["options"]
        source = decoded_source(call.parameters["source"])
        self.services.engine.image_urls.check(call.parameters["signature"], options, source)
        asked = read_options(options)
        if asked.expires is not None and asked.expires < time.time():
            raise Forbidden("the address has expired")
        format, request = asked.edit(call.request.headers.get("accept", ""), avif=self.avif)
        kept = ",".join(each for each in options.split(",") if not each.startswith("exp_"))
        wanted = Wanted(source, kept, format, request)
        image = self.maker.cached(wanted)
        if image is None:
            return wanted, asked
        return answer(call, image, format, asked, self.max_age)

    def fault(
        self, status: int, message: str, headers: Mapping[str, str] | None = None
    ) -> answers.Answer:
        # A proxy may answer the next hundred who ask for what is not there.
        given = {"Cache-Control": f"public, max-age={ERROR_SECONDS}", **(headers or {})}
        return super().fault(status, message, given)
