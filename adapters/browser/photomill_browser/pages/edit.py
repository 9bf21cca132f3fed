"""Editing one image: controls, a preview, and the edit itself at full size."""

import hashlib
import json
import mimetypes
import secrets
from collections.abc import Iterable, Mapping
from importlib.metadata import entry_points
from typing import Any

import attrs
from attrs import field, frozen, validators
from starlette.responses import Response

from photomill import (
    IMAGE_EDITING_SCOPE,
    Bounds,
    BytesSource,
    EditRequest,
    InvalidInput,
    Jpeg,
    NotFound,
    Output,
    Pixels,
    Resizing,
    Webp,
    read_request,
    request_json,
)
from photomill_browser.controls import Control, sections
from photomill_browser.frame import Page, View, Visit
from photomill_browser.texts import texts_of

COMMANDS = "photomill.edit_commands"
"""Entry points to what writes a command that asks a server for an edit: ``(request, server) -> str``, raising
``InvalidInput`` where the server's API has no words for it."""

SCREEN = 1200
"""Pixels of the longer side of what is previewed."""

_ORIGINAL = "original"
_SCREEN_FILE = "screen.webp"
_MOST_BYTES = 64 * 1024 * 1024


@frozen
class Record:
    """Which record's image is edited."""

    record: str


@frozen
class Asked:
    """An edit of an image that was opened.

    :ivar opened: what :func:`open_record` or :func:`upload` gave.
    :ivar edit: the JSON of a request.
    """

    opened: str = field(validator=validators.matches_re(r"[\w-]{32}"))
    edit: Mapping[str, Any]


@frozen
class Preview(Asked):
    """An edit at the size of a screen.

    :ivar scale: that size by the original's, as it came with what was opened.
    """

    scale: float = field(validator=[validators.gt(0), validators.le(1)])


@frozen
class Batch:
    """An edit of a folder of a storage, or of records that somebody selected, in the background.

    :ivar records: of the collection; empty for a folder.
    :ivar destination: empty keeps the results of records for a while.
    """

    edit: Mapping[str, Any]
    folder: str = ""
    collection: str = ""
    records: tuple[str, ...] = ()
    destination: str = ""


def show(visit: Visit) -> Any:
    """The page; what is edited and how stands in its address."""
    texts = texts_of("edit").entries
    explained = texts["controls"]
    return {
        "ways": ["json", *_commands(), "cli", "python"],
        "data": {
            "names": texts["section"],
            "sections": {
                name: [attrs.asdict(_explained(control, explained)) for control in controls]
                for name, controls in sections(visit.engine.components).items()
            },
        },
    }


def open_record(visit: Visit, asked: Record) -> Any:
    """Open the image of a record."""
    return _opened(visit, visit.collection().original(asked.record), asked.record)


def upload(visit: Visit, data: bytes) -> Any:
    """Open an image that the browser sends."""
    if not data:
        raise InvalidInput(texts_of("edit")("no_image"))
    return _opened(visit, data, "")


def preview(visit: Visit, asked: Preview) -> Response:
    """What the edit gives at the size of a screen."""
    request = _for_screen(read_request(asked.edit), asked.scale)
    screen = BytesSource(_read(visit, asked.opened, _SCREEN_FILE))
    made = visit.engine.editing.edit(screen, request)
    return Response(made.data, media_type=f"image/{made.output.format}")


def plan(visit: Visit, asked: Asked) -> Any:
    """What the edit would do at full size, and how to ask for it elsewhere."""
    request = read_request(asked.edit)
    original = BytesSource(_read(visit, asked.opened, _ORIGINAL))
    planned = visit.engine.editing.plan(original, request)
    return {
        "output": attrs.asdict(planned.output),
        "steps": [{"operation": step.operation, "engine": step.engine} for step in planned.steps],
        "notes": planned.notes,
        "ways": _ways(request, visit.server),
    }


def run(visit: Visit, asked: Asked) -> Any:
    """Do the edit at full size, and keep the result for a day."""
    request = read_request(asked.edit)
    editing = visit.engine.editing
    edited = editing.edit(BytesSource(_read(visit, asked.opened, _ORIGINAL)), request)
    digest = hashlib.blake2b(edited.data, digest_size=6).hexdigest()
    name = f"edited-{digest}.{edited.output.format}"
    editing.temporary.put(name, edited.data, folder=asked.opened)
    return {
        "address": f"/edit/images/{asked.opened}/{name}",
        "bytes": len(edited.data),
        "output": attrs.asdict(edited.output),
        **edited.profiling.document(),
    }


def result(visit: Visit) -> Response:
    """The image at the size of a screen, or a result; their addresses are secrets."""
    name = str(visit.parameters["name"])
    if name == _ORIGINAL:
        raise NotFound(f"no image {name!r}")
    data = _read(visit, str(visit.parameters["opened"]), name)
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    headers = {"Cache-Control": "private, max-age=3600"}
    if visit.query.get("download"):
        headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return Response(data, media_type=kind, headers=headers)


def submit(visit: Visit, asked: Batch) -> Any:
    """Edit all images of a folder of a storage, or some records, as a job."""
    request, owner = read_request(asked.edit), visit.key.principal
    if asked.records:
        collection = visit.opened(asked.collection).info.id
        job = visit.engine.editing.submit_records(
            collection, asked.records, request, asked.destination or None, owner=owner
        )
        return {"job": job.number}
    folder = asked.folder if asked.folder.endswith("/") else f"{asked.folder}/"
    if not folder.startswith("storage://"):
        raise InvalidInput(texts_of("edit")("no_folder"), path="folder")
    job = visit.engine.editing.submit(
        [folder], request, asked.destination, recursive=True, owner=owner
    )
    return {"job": job.number}


_FIELDS = {"folder": "batch_folder", "destination": "batch_destination"}


def _field_name(visit: Visit, path: str) -> str:
    """What the page calls the control that sets a value."""
    texts = texts_of("edit")
    if path in _FIELDS:
        return texts(_FIELDS[path])
    for controls in sections(visit.engine.components).values():
        found = _labels([_explained(each, texts.entries["controls"]) for each in controls])
        if path in found:
            return found[path]
    return ""


def _labels(controls: Iterable[Control]) -> dict[str, str]:
    """What the page calls controls, and those in them, by the paths of their values."""
    found = {}
    for control in controls:
        found[".".join(control.path)] = control.label
        found |= _labels(control.controls)
        for inner in control.variants.values():
            found |= _labels(inner)
    return found


PAGE = Page(
    "edit",
    (
        View("/edit", show, template="edit.html"),
        View("/edit/{collection:uuid}/open", open_record, verb="POST"),
        View("/edit/upload", upload, verb="POST", limit=_MOST_BYTES),
        View("/edit/preview", preview, verb="POST"),
        View("/edit/plan", plan, verb="POST"),
        View("/edit/run", run, verb="POST"),
        View("/edit/batch", submit, verb="POST", limit=_MOST_BYTES),
        View("/edit/images/{opened}/{name}", result),
    ),
    address="/edit",
    scope=IMAGE_EDITING_SCOPE,
    exclusive=True,
    field_name=_field_name,
)


def _explained(control: Control, texts: Mapping[str, Mapping[str, str]]) -> Control:
    """A control with what the page calls it, where it has words of its own."""
    own = texts.get("/".join(control.path), {})
    return attrs.evolve(
        control,
        label=own.get("label", control.label),
        help=own.get("help", control.help),
        controls=tuple(_explained(each, texts) for each in control.controls),
        variants={
            name: tuple(_explained(each, texts) for each in inner)
            for name, inner in control.variants.items()
        },
    )


def _opened(visit: Visit, data: bytes, name: str) -> Any:
    """Keep an image, and what is previewed of it, for a day."""
    editing = visit.engine.editing
    small = EditRequest(
        resizing=Resizing(Pixels(SCREEN), Pixels(SCREEN), Bounds(), enlarge=False),
        output=Output(Webp(quality=95)),
        speed="fast",
    )
    screen = editing.edit(BytesSource(data), small)
    opened = secrets.token_urlsafe(24)
    editing.temporary.put(_ORIGINAL, data, folder=opened)
    editing.temporary.put(_SCREEN_FILE, screen.data, folder=opened)
    return {
        "opened": opened,
        "name": name,
        "screen": f"/edit/images/{opened}/{_SCREEN_FILE}",
        "scale": screen.output.width / screen.input.width,
        "bytes": len(data),
        **attrs.asdict(screen.input),
    }


def _read(visit: Visit, opened: str, name: str) -> bytes:
    with visit.engine.editing.open_result(f"{opened}/{name}") as file:
        return file.read()


def _for_screen(request: EditRequest, factor: float) -> EditRequest:
    """A request that gives at the size of a screen what another gives at full size."""
    output = request.output
    kind = output.format if isinstance(output.format, Jpeg | Webp) else Webp(quality=90)
    scaled: EditRequest = _scaled(request, factor)
    return attrs.evolve(scaled, output=Output(kind), speed="fast")


def _scaled(value: Any, factor: float) -> Any:
    """The same with every length in pixels multiplied."""
    if isinstance(value, Pixels):
        return Pixels(max(1.0, round(value.count * factor))) if value.count else value
    if isinstance(value, tuple):
        return tuple(_scaled(each, factor) for each in value)
    if not attrs.has(type(value)):
        return value
    changed = {
        each.name: _scaled(getattr(value, each.name), factor) for each in attrs.fields(type(value))
    }
    return attrs.evolve(value, **changed)


def _commands() -> dict[str, Any]:
    """What writes commands that ask a server, by their names; those that the page has a heading for."""
    return {entry.name: entry.load() for entry in entry_points(group=COMMANDS, name="curl")}


def _command(write: Any, request: EditRequest, server: str) -> str:
    try:
        return str(write(request, server))
    except InvalidInput as error:
        return texts_of("edit")("no_command", reason=str(error))


def _ways(request: EditRequest, server: str) -> dict[str, str]:
    """The same edit as JSON, asked of this server, on the command line, and in Python."""
    document = json.dumps(request_json(request), indent=2, ensure_ascii=False)
    return {
        "json": document,
        **{name: _command(write, request, server) for name, write in _commands().items()},
        "cli": f"cat > edit.json <<'END'\n{document}\nEND\n"
        "photomill edit photo.jpg --operations edit.json --output edited/",
        "python": "import json\nfrom pathlib import Path\n\n"
        "from photomill import Engine, PathSource, load_settings, read_request\n\n"
        'request = read_request(json.loads("""\n'
        f'{document}\n"""))\n'
        "with Engine.open(load_settings()) as engine:\n"
        '    edited = engine.editing.edit(PathSource("photo.jpg", trusted=True), request)\n'
        'Path(f"edited.{edited.output.format}").write_bytes(edited.data)',
    }
