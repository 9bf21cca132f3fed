"""Graphics cards: their names in options, and what is said where their memory does not suffice."""

from photomill.plugin import ResourcesMissing

DEVICE = r"auto|cpu|cuda(:\d+)?"
"""What an option ``device`` may be, as a regular expression."""

_SIGNS = (
    "out of memory",
    "failed to allocate memory",
    "alloc_failed",
    "bfcarena",
    "resource allocation failed",
)


def device_number(device: str) -> int:
    """The number of a card: ``cuda`` is the first, 0."""
    return int(device.partition(":")[2] or 0)


def no_such_device(device: str, count: int) -> str:
    """What to say of a card that is not there.

    :param count: cards that are.
    """
    there = (
        f"there are only {count}"
        if count > 1
        else "there is only one"
        if count
        else "there is none"
    )
    return f"there is no such CUDA device here, {there}: device = {device!r}"


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error of CUDA says that the card has no memory left; its libraries have no class for it in common."""
    text = str(error).lower()
    return any(sign in text for sign in _SIGNS)


def no_memory_left(device: str, batch: int) -> ResourcesMissing:
    """What to raise where a run that worked before finds no memory.

    :param batch: images of the run.
    """
    card = "the graphics card" if device == "auto" else device
    return ResourcesMissing(
        f"{card} has no memory left for {batch} images at once: other processes use it, or batch_size is too large"
    )
