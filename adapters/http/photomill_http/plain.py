"""How the similarity API, the administration and the server's own pages answer errors."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from msgspec import UNSET, Meta, Struct, UnsetType
from msgspec import field as named

from photomill_http import answers
from photomill_http.contract import Contract
from photomill_http.http_statuses import TEXTS

Json = dict[str, Any]


class Status(Struct, omit_defaults=True):
    """What became of a call."""

    code: int
    text: str
    error_description: str | UnsetType = UNSET


class Statistics(Struct):
    """How long it took."""

    operation_time: Annotated[int, Meta(description="milliseconds")] = named(name="OperationTime")


class Record(Struct):
    """A record, or what is said of one."""

    id: str | UnsetType | None = named(name="_id", default=UNSET)


_Count = Annotated[int, Meta(ge=0)]


class Answer(Struct):
    """What every answer has, and what those of the similarity methods may have."""

    status: Status
    statistics: Statistics
    detail: str | UnsetType = UNSET
    answer_count: _Count | UnsetType = UNSET
    answer_records: list[Record | list[Record]] | UnsetType = UNSET
    answer_distances: list[Annotated[float, Meta(ge=0)]] | UnsetType = UNSET
    skipped_records: list[Record] | UnsetType = UNSET
    notes: (
        Annotated[
            list[Record],
            Meta(description="of inserted images, where something is otherwise than expected"),
        ]
        | UnsetType
    ) = UNSET
    next: str | int | UnsetType = UNSET
    total_count: _Count | UnsetType = UNSET


class PlainContract(Contract):
    """Errors as all clients here read them: ``detail`` for some, ``status`` for others."""

    envelope: ClassVar[Any] = Answer
    error_example: ClassVar[Json | None] = {
        "status": {
            "code": 402,
            "text": "aborted by error",
            "error_description": "k: expected 0 to 10000, got -1",
        },
        "statistics": {"OperationTime": 0},
    }
    challenge = "Token"
    no_key = "Authentication credentials were not provided."
    wrong_key = "Invalid token."
    too_many = "Request was throttled. Expected available in {seconds} seconds."
    no_scope = "the key {key!r} has no scope {scope!r} for the whole server"

    def fault(
        self, status: int, message: str, headers: Mapping[str, str] | None = None
    ) -> answers.Answer:
        text = TEXTS.get(status, message.lower())
        body = {
            "status": {"code": status, "text": text, "error_description": message},
            "detail": message,
            "statistics": {"OperationTime": 0},
        }
        return answers.Answer(body, status, headers or {})
