"""How small an image may be decoded."""


def reduced_size(width: int, height: int, side: int) -> tuple[int, int]:
    """The size of an image whose shorter side is ``side``; its own size where that is no smaller, or ``side`` is 0."""
    shorter = min(width, height)
    if side == 0 or shorter <= side:
        return width, height
    return max(1, round(width * side / shorter)), max(1, round(height * side / shorter))
