"""Receiving photos at the addresses that were given out for them."""

from functools import partial

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from photomill.albums.model import Photo
from photomill.errors import Forbidden
from photomill_http.answers import Answer
from photomill_http.groups.endpoint import Json, failed
from photomill_http.groups.faults import fault
from photomill_http.groups.forms import FORM_OVERHEAD, SentPhoto, with_photo
from photomill_http.groups.links import UPLOADS
from photomill_http.services import Services

_CORS = {"Access-Control-Allow-Origin": "*"}
_PREFLIGHT = {
    **_CORS,
    "Access-Control-Allow-Methods": "PUT, POST",
    "Access-Control-Allow-Headers": "*",
    "Access-Control-Max-Age": "86400",
}


def upload_routes(services: Services) -> list[Route]:
    """Without a key: whoever knows the address may send a photo to it, from any page."""
    uploads = services.engine.albums.uploads
    largest = services.engine.settings.albums.max_bytes

    async def upload(request: Request) -> Response:
        request.state.operation = "groups upload"
        request.state.logged_path = f"{UPLOADS}/…"
        if request.method == "OPTIONS":
            return Response(status_code=204, headers=_PREFLIGHT)
        secret = request.path_params["secret"]
        try:
            reserved = await services.in_thread(uploads.find, secret)
            limit = largest + FORM_OVERHEAD
            async with services.bodies.received(request, limit, in_memory=False) as body:
                receive = partial(_received, services, secret, reserved)
                photo = await services.in_thread(with_photo, body, request.headers, receive)
            answer = Answer(_document(photo))
        except Forbidden:
            answer = fault(403, "upload url expired")
        except ClientDisconnect:
            raise
        except Exception as error:
            answer = failed(error)
        response = answer.response()
        response.headers.update(_CORS)
        return response

    return [Route(f"{UPLOADS}/{{secret}}", upload, methods=["PUT", "POST", "OPTIONS"])]


def _received(services: Services, secret: str, reserved: Photo, sent: SentPhoto) -> Photo:
    return services.engine.albums.uploads.receive(
        secret,
        sent.group or reserved.group,
        sent.photo or reserved.id,
        sent.file,
        sent.filename,
    )


def _document(photo: Photo) -> Json:
    duplicate = {"DuplicateOf": photo.duplicate_of} if photo.duplicate_of else {}
    return {"PhotoId": photo.id, **duplicate}
