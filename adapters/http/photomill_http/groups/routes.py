"""The operations of the Groups API."""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from starlette.exceptions import HTTPException
from starlette.requests import Request

from photomill import Forbidden
from photomill_http.answers import Answer
from photomill_http.bodies import Body
from photomill_http.contract import (
    BINARY,
    Contract,
    NoKey,
    Operation,
    Parameter,
    Reply,
    TooManyRequests,
)
from photomill_http.groups import groups, oauth, owners, photos, schema, uploads, zips
from photomill_http.groups.groups_call import GroupsCall
from photomill_http.groups.links import DOWNLOADS, FILES, PROCESSES, UPLOADS
from photomill_http.groups.translate import read_fields
from photomill_http.services import Services

_ERRORS = {
    400: "a parameter is wrong, or not JSON",
    401: "no key, or a wrong or revoked one",
    403: "the key belongs to another owner, or the group asks for a password",
    404: "there is no such thing, or not for this caller",
    409: "taken, or not ready",
    413: "the body is too large",
    429: "too many requests",
    507: "the disk is full, or a limit is reached",
}
_UPLOAD_ERRORS = {
    **_ERRORS,
    403: "the address' time is over",
    415: "not a photo, or of a format that is not taken",
    422: "the photo is damaged",
}
_FILE_ERRORS = {404: _ERRORS[404], 409: "the archive is not done"}
_ADDRESSES = (UPLOADS, PROCESSES, DOWNLOADS, FILES)
_PREFIXES = ("/v1/group", "/v1/photo", "/v1/owner", "/v1/brand", "/v1/auth")
_FORM = {
    "type": "object",
    "required": ["GroupId", "PhotoId", "file"],
    "properties": {
        "GroupId": {"type": "string"},
        "PhotoId": {"type": "string"},
        "file": BINARY,
    },
}
_GROUP = "/v1/Group/{group}"
_PHOTO = "/v1/Photo/{photo}"
_BRAND = "/v1/Brand/{brand}"


def _upload(verb: str, name: str) -> Operation:
    """Without a key: whoever knows the address may send a photo to it, from any page."""
    return Operation(
        verb,
        f"{UPLOADS}/{{secret}}",
        uploads.upload,
        name,
        access="open",
        admit=uploads.find_reservation,
        request={
            "required": True,
            "content": {"multipart/form-data": {"schema": _FORM}, "image/jpeg": {"schema": BINARY}},
        },
        done="stored",
        errors=_UPLOAD_ERRORS,
        headers=uploads.CORS,
        spooled=True,
        absolute=True,
    )


class GroupsContract(Contract):
    """Owners, brands, groups of photos."""

    name: ClassVar[str] = "groups"
    names: ClassVar = {"slug": "VanityUrl"}
    schema_prefix: ClassVar[str] = "Groups"
    errors: ClassVar = _ERRORS
    needs_body: ClassVar[bool] = False
    envelope: ClassVar[Any] = schema.Fault
    no_key = "authorization is required"
    wrong_key = "unknown or revoked key"
    too_many = "too many requests; the next is taken in {seconds} seconds"
    operations: ClassVar = (
        Operation(
            "GET",
            "/v1/Group",
            groups.list_groups,
            parameters=(
                Parameter(
                    "when", "the day as the owner's clock has it, like 2015-12-31; today without it"
                ),
                Parameter("from", "seconds since 1970; instead of when"),
                Parameter("to", "seconds since 1970, not included"),
                Parameter("offset", "of a page; see Next"),
                Parameter("includeDeleted", "true shows deleted groups too"),
            ),
        ),
        Operation("POST", "/v1/Group", groups.create_group, status=201),
        Operation(
            "GET",
            "/v1/Group/Search",
            groups.search_groups,
            access="anyone",
            parameters=(Parameter("q", "the token"),),
        ),
        Operation("GET", _GROUP, groups.show_group, access="anyone"),
        Operation("PUT", _GROUP, groups.update_group),
        Operation("DELETE", _GROUP, groups.delete_group),
        Operation("GET", f"{_GROUP}/Photo", photos.list_photos, access="anyone"),
        Operation("POST", f"{_GROUP}/Photo", photos.add_photos),
        Operation("GET", f"{_GROUP}/Video", groups.list_videos, access="anyone"),
        Operation("POST", f"{_GROUP}/Zip", zips.zip_photos, status=201),
        Operation("PUT", f"{_GROUP}/UploadStatus", groups.note_upload),
        Operation("GET", f"{_GROUP}/Duplicates", photos.list_duplicates),
        Operation("POST", f"{_GROUP}/Groups", photos.split_group),
        Operation("GET", _PHOTO, photos.show_photo, access="anyone"),
        Operation("PUT", _PHOTO, photos.update_photo),
        Operation("DELETE", _PHOTO, photos.delete_photo),
        Operation(
            "GET",
            f"{_PHOTO}/Similar",
            photos.similar_photos,
            parameters=(Parameter("limit", "1 to 100; 30 without it"),),
        ),
        Operation("GET", "/v1/Owner", owners.show_owner),
        Operation("PUT", "/v1/Owner", owners.update_owner),
        Operation("GET", "/v1/Brand", owners.list_brands, answer=schema.BrandList),
        Operation("POST", "/v1/Brand", owners.create_brand, answer=schema.Brand, status=201),
        Operation("GET", _BRAND, owners.show_brand, answer=schema.Brand, access="anyone"),
        Operation("PUT", _BRAND, owners.update_brand),
        Operation("GET", f"{_BRAND}/Group", owners.list_brand_groups, access="anyone"),
        _upload("PUT", "uploadPhoto"),
        _upload("POST", "uploadPhotoByPost"),
        Operation(
            "OPTIONS",
            f"{UPLOADS}/{{secret}}",
            uploads.preflight,
            access="open",
            headers=uploads.CORS,
            absolute=True,
            hidden=True,
        ),
        Operation(
            "GET",
            f"{PROCESSES}/{{id}}",
            zips.process,
            "showProcess",
            access="open",
            answer=schema.Process,
            done="the process",
            errors={},
            responses={404: Reply("there is none, or not any more", schema.NoProcess)},
            absolute=True,
        ),
        Operation(
            "GET",
            f"{DOWNLOADS}/{{id}}",
            zips.download,
            "downloadZip",
            access="open",
            answer=BINARY,
            media="application/zip",
            done="the bytes",
            errors=_FILE_ERRORS,
            responses={
                206: Reply("the bytes", BINARY, "application/zip"),
                416: Reply("no such bytes"),
            },
            absolute=True,
        ),
        Operation(
            "GET",
            f"{FILES}/{{path:path}}",
            photos.file,
            "showFile",
            access="open",
            answer=BINARY,
            media="image/*",
            done="the bytes",
            errors=_FILE_ERRORS,
            responses={304: Reply("unchanged")},
            absolute=True,
        ),
    )

    def __init__(self, services: Services) -> None:
        super().__init__(services)
        self._guesses = services.engine.keys.limit_rate(
            "lookups", services.settings.lookups_per_minute
        )

    def served(self) -> Iterable[Operation]:
        oauth_clients = self.services.settings.oauth_clients
        return (*self.operations, *(oauth.OPERATIONS if oauth_clients else ()))

    def fault(self, status: int, message: str, headers: Mapping[str, str] | None = None) -> Answer:
        return Answer(schema.Fault(message), status, headers or {})

    def render(self, error: Exception, operation: Operation | None) -> Answer | None:
        match error:
            case NoKey(header=True):
                return self.fault(401, self.wrong_key, {"WWW-Authenticate": self.challenge})
            case HTTPException(status_code=status):
                return self.fault(status, error.detail.lower(), error.headers)
            case Forbidden() if operation and operation.handler is uploads.upload:
                return self.fault(403, "upload url expired")
        return super().render(error, operation)

    def authenticate(self, request: Request, operation: Operation) -> GroupsCall:
        """Find out whose the call is.

        :raises Forbidden: only owners may go on, and the key belongs to none.
        """
        call = super().authenticate(request, operation)
        owner = None if call.caller is None else call.engine.albums.owners.of_key(call.caller)
        groups_call = GroupsCall(self, request, operation, call.caller, owner=owner)
        if operation.access == "key":
            groups_call.required()
        return groups_call

    def count_guess(self, request: Request) -> None:
        """Count a look-up by somebody who may be guessing.

        :raises TooManyRequests: there were too many from this address.
        """
        seconds = self._guesses.seconds_to_wait(request.client.host if request.client else "")
        if seconds:
            raise TooManyRequests(seconds)

    def limit(self, operation: Operation) -> int:
        if operation in oauth.OPERATIONS:
            return oauth.FORM_LIMIT
        if operation.spooled:
            return self.services.engine.settings.albums.max_bytes + uploads.FORM_OVERHEAD
        return super().limit(operation)

    def parse(self, call: Any, body: Body) -> Any:
        kind = call.operation.body
        if kind is Body:
            return body
        call.request.state.given = body.object()
        return read_fields(call.request.state.given, kind)

    def spellings(self, path: str) -> Iterable[str]:
        """With and without a slash at the end, and in lower case too."""
        parts = path.split("/")
        lower = "/".join(part if part.startswith("{") else part.lower() for part in parts)
        return [f"{each}{end}" for each in dict.fromkeys((path, lower)) for end in ("", "/")]

    def covers(self, path: str) -> bool:
        lower = path.lower()
        return lower.startswith(tuple(f"{each}/".lower() for each in _ADDRESSES)) or any(
            lower == prefix or lower.startswith(f"{prefix}/") for prefix in _PREFIXES
        )
