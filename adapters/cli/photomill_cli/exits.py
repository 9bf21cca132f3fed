"""Exit codes, which are part of what scripts may rely on."""

from enum import IntEnum

from photomill import ConfigError, ImageError, InvalidInput, NotFound, SourceError, Unsupported


class Exit(IntEnum):
    """What the program's exit code says."""

    DONE = 0
    SOME_FAILED = 1
    WRONG_USAGE = 2
    NOT_FOUND = 3
    IMAGE_UNREADABLE = 4
    UNAVAILABLE = 5
    INTERRUPTED = 130


def exit_code(error: Exception) -> Exit:
    """The exit code that an error leads to."""
    match error:
        case ConfigError() | InvalidInput() | Unsupported():
            return Exit.WRONG_USAGE
        case NotFound():
            return Exit.NOT_FOUND
        case SourceError() | ImageError():
            return Exit.IMAGE_UNREADABLE
        case _:
            return Exit.UNAVAILABLE
