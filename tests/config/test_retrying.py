"""Failures that come again and again: growing pauses, few messages."""

import itertools
import logging
from collections.abc import Iterator

import pytest

from photomill.retrying import Backoff, RepeatedMessages


@pytest.fixture
def logger() -> Iterator[logging.Logger]:
    logger = logging.getLogger("tests.retrying")
    yield logger
    for handler in list(logger.handlers):
        logger.removeHandler(handler)


class Kept(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(record.getMessage())


def test_pauses_grow_up_to_the_longest_and_one_message_says_why(
    logger: logging.Logger, caplog: pytest.LogCaptureFixture
) -> None:
    backoff = Backoff(logger, "the disk takes nothing", longest=5.0, quiet=3600.0)
    pauses = [backoff.failed(OSError("full")) for _ in range(1000)]
    assert pauses[0] < 0.1
    assert all(
        later == pytest.approx(min(5.0, 2 * before)) for before, later in itertools.pairwise(pauses)
    )
    assert pauses[-1] == 5.0
    (message,) = caplog.messages
    assert message == "the disk takes nothing"
    assert "full" in caplog.text
    backoff.succeeded()
    assert backoff.failed(OSError("full")) == pauses[0]


def test_the_next_message_counts_those_before(
    logger: logging.Logger, caplog: pytest.LogCaptureFixture
) -> None:
    backoff = Backoff(logger, "broken", quiet=0.0)
    backoff.failed(OSError())
    backoff.failed(OSError())
    assert caplog.messages == ["broken", "broken"]


def test_what_is_logged_again_and_again_is_kept_back(logger: logging.Logger) -> None:
    kept = Kept()
    kept.addFilter(RepeatedMessages(often=3, seconds=3600.0))
    logger.addHandler(kept)
    logger.setLevel(logging.INFO)
    for number in range(1000):
        logger.error("failure %d", number)
        logger.info("request %d", number)
    logger.error("another failure")
    errors = [message for message in kept.messages if "failure" in message]
    assert errors == ["failure 0", "failure 1", "failure 2", "another failure"]
    assert len(kept.messages) == 1004


def test_errors_raised_at_other_places_are_other_errors(logger: logging.Logger) -> None:
    kept = Kept()
    kept.addFilter(RepeatedMessages(often=1, seconds=3600.0))
    logger.addHandler(kept)

    def first() -> None:
        raise ValueError("first")

    def second() -> None:
        raise ValueError("second")

    for work in [first, second] * 20:
        try:
            work()
        except ValueError as error:
            logger.error("failed: %s", error, exc_info=True)
    assert kept.messages == ["failed: first", "failed: second"]


def test_after_a_while_it_says_how_many_were_kept_back(logger: logging.Logger) -> None:
    kept = Kept()
    limit = RepeatedMessages(often=1, seconds=0.0)
    kept.addFilter(limit)
    logger.addHandler(kept)
    record = logger.makeRecord(logger.name, logging.ERROR, __file__, 1, "broken", (), None)
    limit._seconds = 3600.0
    for _ in range(5):
        logger.handle(record)
    limit._seconds = 0.0
    logger.handle(record)
    assert kept.messages == ["broken", "broken (4 more like this were not logged)"]
