"""The status codes of the similarity API, and the HTTP statuses they travel under."""

from attrs import frozen


@frozen
class Status:
    """A code and its text."""

    code: int
    text: str
    http: int = 200

    def described(self, description: str = "") -> dict[str, object]:
        """The JSON map of it."""
        body: dict[str, object] = {"code": self.code, "text": self.text}
        if description:
            body["error_description"] = description
        return body


OK = Status(200, "OK")
FOUND = Status(205, "records found")
SOME_NOT_FOUND = Status(206, "some of the records not found")
INSERTED = Status(210, "records inserted")
SOME_INSERTED = Status(211, "some records inserted")
SOME_DUPLICATE = Status(211, "record(s) duplicate")
DELETED = Status(220, "records deleted")
ABORTED = Status(402, "aborted by error", 400)
TOO_LARGE = Status(402, "aborted by error", 413)
UNKNOWN_COLLECTION = Status(402, "aborted by error", 404)
WRONG_QUERY = Status(403, "wrong query record", 403)
NOT_FOUND = Status(404, "records not found", 404)
ALL_DUPLICATE = Status(411, "record duplicate", 409)
CAPACITY = Status(412, "hard capacity exceeded", 507)
UNKNOWN_ERROR = Status(500, "unknown error", 500)
UNAVAILABLE = Status(503, "service unavailable", 503)
