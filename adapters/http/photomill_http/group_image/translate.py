"""Between the group-image API's words and the engine's: its document's rules, in their order, and jobs as it shows them."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from attrs import frozen
from msgspec import UNSET

from photomill import (
    GROUP_IMAGE,
    GROUPING_MODES,
    MOST_IMAGES,
    CallbackState,
    CollectionInput,
    Engine,
    GroupingConstraints,
    GroupingInputs,
    GroupingMode,
    GroupingPlan,
    GroupingResult,
    InvalidInput,
    Job,
    JobState,
    StorageInput,
    TooComplex,
    UriInputs,
)
from photomill_http.bodies import Body
from photomill_http.contract import UNEXPECTED
from photomill_http.group_image.errors import (
    NO_JSON,
    NO_URLS,
    URL_MISSING,
    Fault,
    Invalid,
    Json,
    fault,
    image_fault,
    skipped_image,
)
from photomill_http.group_image.schema import (
    GroupImageAnswer,
    GroupImageOutput,
    GroupImageProgress,
    GroupingInfo,
)

_NAMES = {"groups": "totalGroups", "smallest": "minImagesPerGroup"}
_EXPECTED = ("InvalidInput", "InvalidFilter", "NotFound", "NothingToGroup", "Conflict")
"""Errors of a job whose words are for the one who submitted it."""
_OTHER_SOURCES = ("collection", "storage")


# ---------------------------------------------------------------- requests


@frozen
class Asked:
    """What is asked for.

    :ivar given: ``input`` as it was sent.
    :ivar callback_url: empty for none.
    """

    given: Json
    inputs: GroupingInputs
    constraints: GroupingConstraints
    mode: GroupingMode
    callback_url: str


def read_request(body: Body, max_urls: int) -> Asked:
    """Read a request.

    :raises Invalid: with the first mistake there is.
    """
    document = _parsed(body)
    given = document.get("input")
    if not isinstance(given, dict):
        raise Invalid(URL_MISSING)
    inputs = _inputs(given, max_urls)
    mode = _mode(given)
    return Asked(
        given=given,
        inputs=inputs,
        constraints=_constraints(given, inputs, mode),
        mode=mode,
        callback_url=_callback_url(document),
    )


def _parsed(body: Body) -> Mapping[str, Any]:
    try:
        document = body.json()
    except TooComplex as error:
        raise Invalid(error.message) from None
    except InvalidInput:
        raise Invalid(NO_JSON) from None
    if not isinstance(document, dict):
        raise Invalid(NO_JSON)
    return document


def _inputs(given: Json, max_urls: int) -> GroupingInputs:
    urls = [given["url"]] if "urls" not in given and "url" in given else given.get("urls")
    others = [name for name in _OTHER_SOURCES if given.get(name) is not None]
    if len(others) + (urls is not None) > 1:
        raise Invalid("Give one of urls, collection and storage, not several")
    if others == ["collection"]:
        return _collection(given["collection"])
    if others == ["storage"]:
        return _folder(given)
    if urls is None:
        raise Invalid(URL_MISSING)
    if not isinstance(urls, list) or not urls or not all(_is_text(url) for url in urls):
        raise Invalid(NO_URLS)
    if len(urls) > max_urls:
        raise Invalid(f"urls must not be more than {max_urls}")
    return UriInputs(urls)


def _collection(wanted: Any) -> CollectionInput:
    if _is_text(wanted):
        return CollectionInput(wanted)
    if isinstance(wanted, dict) and _is_text(wanted.get("id")):
        return CollectionInput(wanted["id"], wanted.get("filter"))
    raise Invalid("collection must be the id of a collection, or an object with id and filter")


def _folder(given: Json) -> StorageInput:
    uri, recursive = given["storage"], given.get("recursive", True)
    if not _is_text(uri) or not uri.startswith("storage://") or not uri.endswith("/"):
        raise Invalid("storage must be a folder: storage://name/folder/")
    if not isinstance(recursive, bool):
        raise Invalid("recursive must be true or false")
    return StorageInput(uri, recursive)


def _mode(given: Json) -> GroupingMode:
    wanted = given.get("mode", "visual")
    for mode in GROUPING_MODES:
        if mode == wanted:
            return mode
    raise Invalid(f"mode must be one of {', '.join(GROUPING_MODES)}")


def _constraints(given: Json, inputs: GroupingInputs, mode: GroupingMode) -> GroupingConstraints:
    documented = isinstance(inputs, UriInputs) and mode == "visual"
    groups = _number(given, "totalGroups")
    if groups is None and documented:
        raise _not_positive("totalGroups")
    smallest = _number(given, "minImagesPerGroup")
    largest = _number(given, "maxImagesPerGroup")
    if largest is not None and largest < (smallest or 1):
        raise Invalid("maxImagesPerGroup is less than minImagesPerGroup")
    if groups is not None and isinstance(inputs, UriInputs):
        _check_room(len(inputs.uris), groups, smallest, largest)
    return GroupingConstraints(groups, smallest or 1, largest)


def _check_room(count: int, groups: int, smallest: int | None, largest: int | None) -> None:
    if smallest is not None and count < groups * smallest:
        raise Invalid("minImagesPerGroup × totalGroups exceeds the number of images")
    if largest is not None and count > groups * largest:
        raise Invalid("maxImagesPerGroup × totalGroups is less than the number of images")


def _number(given: Json, name: str) -> int | None:
    value = given.get(name)
    if value is None:
        return None
    # JSON has one kind of number: 2.0 is 2.
    whole = isinstance(value, int | float) and not isinstance(value, bool) and value == value // 1
    if not whole or not 1 <= value <= MOST_IMAGES:
        raise _not_positive(name)
    return int(value)


def _not_positive(name: str) -> Invalid:
    return Invalid(f"{name} must be a positive integer")


def _callback_url(document: Mapping[str, Any]) -> str:
    url = document.get("callbackUrl")
    if url is None:
        return ""
    if not _is_text(url) or not _is_web_address(url):
        raise Invalid("callbackUrl must be an http or https URL")
    return str(url)


def _is_web_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return False


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


# ---------------------------------------------------------------- answers


def is_request(job: Job) -> bool:
    """Whether a job was asked for by this API."""
    return job.kind == GROUP_IMAGE and "input" in job.plan["remember"]


@frozen
class Documents:
    """Shows jobs.

    :ivar capitalised: ``Completed`` instead of ``completed``, and so on.
    """

    engine: Engine
    capitalised: bool

    def document(self, job: Job, callback: CallbackState | None = None) -> GroupImageAnswer:
        """A job as it is now.

        :param callback: whether its message arrived, where that is known better than the job knows it.
        """
        shown = GroupImageAnswer(job.id, self._status(job), job.plan["remember"]["input"])
        if job.callback is not None:
            shown.callback_url = job.callback.uri
        if job.state is JobState.DONE and job.result is not None:
            # The document has the groups in both places.
            shown.output = _completed(GroupingResult.of(job.result))
            shown.image_groups = shown.output.image_groups
        elif job.state.ended:
            shown.output, shown.error = self._failed(job), self.fault(job).body()
        else:
            progress = job.progress
            done = progress.done + progress.failed + progress.skipped
            shown.progress = GroupImageProgress(done, progress.total or progress.found)
        if job.callback is not None and job.state.ended:
            shown.callback_status = (callback or job.callback_state).value
        return shown

    def fault(self, job: Job) -> Fault:
        """Why a job failed."""
        if job.state is JobState.CANCELLED:
            return fault(410, "The request was cancelled", "cancelled")
        for first in self.engine.grouping.skipped(job):
            return image_fault(first)
        kind = (job.error_detail or {}).get("type")
        if kind in _EXPECTED:
            return Fault(404, "invalidInput", job.error, 422)
        return fault(500, UNEXPECTED)

    def _status(self, job: Job) -> str:
        status = "completed" if job.state is JobState.DONE else "failed"
        status = status if job.state.ended else "running"
        return status.capitalize() if self.capitalised else status

    def _failed(self, job: Job) -> GroupImageOutput:
        names = GroupingPlan.of(job.plan).inputs
        lost = list(self.engine.grouping.skipped(job))
        skipped = [skipped_image(each) for each in lost]
        return GroupImageOutput(GroupingInfo(len(getattr(names, "uris", lost)), 0, skipped))


def _completed(found: GroupingResult) -> GroupImageOutput:
    names = found.names
    groups = [[names[member] for member in group] for group in found.groups]
    info = GroupingInfo(
        input_images=len(names),
        images_considered=found.considered,
        skipped=[skipped_image(each) for each in found.skipped],
        group_sizes=[len(group) for group in groups],
        max_images_per_group=found.sizes.largest,
        adjusted=[_NAMES[each] for each in found.sizes.adjusted],
        covers=[names[cover] for cover in found.covers],
        notes=list(found.notes) or UNSET,
    )
    return GroupImageOutput(info, groups)
