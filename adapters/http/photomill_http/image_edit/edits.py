"""Edits whose result is waited for."""

from starlette.requests import Request
from starlette.responses import Response

from photomill import BytesSource, EditResult, Source, SourceUnreachable, UriSource
from photomill_http.image_edit.bodies import Upload, read, read_upload
from photomill_http.image_edit.endpoint import Call, data
from photomill_http.image_edit.faults import STORAGE_UNREACHABLE, Rejected, fault
from photomill_http.image_edit.pictures import Json, media_type, picture, stored_picture
from photomill_http.image_edit.schema import ImageEditRequest, UploadedEditRequest
from photomill_http.image_edit.translate import Edit, edit_of


async def edit(call: Call) -> Response:
    """Edit a picture that an address leads to."""
    asked, _ = await call.asked(ImageEditRequest)
    wanted = edit_of(asked.operations, asked.output)
    return await call.services.in_edit_thread(_edited_address, call, asked.input, wanted)


async def upload(call: Call) -> Response:
    """Edit a picture that is sent along."""
    limit = call.services.settings.edit_body_limit
    async with call.services.bodies.received(call.request, limit) as body:
        content_type = call.request.headers.get("content-type", "")
        sent = await call.services.in_thread(read_upload, body, content_type)
        return await call.services.in_edit_thread(_edited_upload, call, sent)


def _edited_address(call: Call, uri: str, wanted: Edit) -> Response:
    try:
        return _edited(call, UriSource(uri), wanted)
    except SourceUnreachable as error:
        style = wanted.request.style
        sources = [UriSource(uri), *([style.reference] if style is not None else [])]
        if all(_in_storage(source) for source in sources):
            raise Rejected(fault(STORAGE_UNREACHABLE, str(error))) from None
        raise


def _edited_upload(call: Call, sent: Upload) -> Response:
    asked = read(sent.data, UploadedEditRequest)
    wanted = edit_of(asked.operations, asked.output)
    return _edited(call, BytesSource(sent.picture), wanted, sent.filename)


def _edited(call: Call, source: Source, wanted: Edit, name: str = "") -> Response:
    editing = call.engine.editing
    call.access.spend(call.key)
    if wanted.destination is None and _wants_picture(call.request):
        edited = editing.edit(source, wanted.request, owner=call.key.principal)
        return Response(edited.data, media_type=media_type(edited.output.format))
    result = editing.edit_to(
        source, wanted.request, wanted.destination, name=name, owner=call.key.principal
    )
    return data(_shown(call, result))


def _shown(call: Call, result: EditResult) -> Json:
    return {
        "input": picture(result.input),
        "output": stored_picture(result.output, result.stored, call.storages, call.links),
        "profiling": result.profiling.document(),
    }


def _in_storage(source: Source) -> bool:
    return isinstance(source, UriSource) and source.uri.startswith("storage://")


def _wants_picture(request: Request) -> bool:
    """Whether a picture is what the caller would rather have than JSON."""
    return request.headers.get("accept", "").lstrip().lower().startswith("image/")
