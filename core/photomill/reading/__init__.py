"""Reading the text in a collection's images, as jobs."""

from photomill.reading.job import READ_TEXTS, Reading

__all__ = ["READ_TEXTS", "Reading"]
