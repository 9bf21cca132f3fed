"""What image libraries complain of, in our own words: their sentences are for the log, and reach no answer."""

import re

from photomill.errors import ImageError, ImageTooLarge, ImageUnreadable

DAMAGED = "the file is damaged"
ENDS_EARLY = "the file ends too early, or is damaged"
_KINDS: tuple[tuple[re.Pattern[str], type[ImageError], str], ...] = (
    (
        re.compile(r"out of memory|memory ?error|cannot allocate|malloc|alloc", re.IGNORECASE),
        ImageTooLarge,
        "needs more memory than is allowed",
    ),
    (
        re.compile(
            r"truncat|premature|unexpected end|end of file|ends? early|bad seek|short read|"
            r"not enough|reached eof|could not create decoder",
            re.IGNORECASE,
        ),
        ImageUnreadable,
        ENDS_EARLY,
    ),
    (
        re.compile(
            r"not supported|unsupported|not implemented|unknown (?:compression|codec)|"
            r"not configured|no decoding plugin|unknown pixel mode|samples out of range|bad labq",
            re.IGNORECASE,
        ),
        ImageUnreadable,
        "the file is of a kind of its format that nothing here reads",
    ),
)


def image_error(complaint: str | BaseException) -> ImageError:
    """The error of an image that a library did not take.

    The complaint itself goes along as a note of the exception, for logs.
    """
    sentence = (
        complaint if isinstance(complaint, str) else f"{type(complaint).__name__}: {complaint}"
    )
    sentence = " ".join(sentence.split())[:500]
    for pattern, kind, words in _KINDS:
        if pattern.search(sentence):
            error = kind(words)
            break
    else:
        error = ImageUnreadable(DAMAGED)
    error.add_note(sentence)
    return error


def complaint_of(error: BaseException) -> str:
    """What a library said, for logs; empty where nothing was."""
    return "; ".join(getattr(error, "__notes__", ()))
