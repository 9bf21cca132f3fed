"""Looking for the people on a collection's images, as jobs."""

from photomill.recognition.job import FIND_PEOPLE, Recognition

__all__ = ["FIND_PEOPLE", "Recognition"]
