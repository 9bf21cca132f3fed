"""Whether two documents say the same."""

import re
from collections import Counter

from photomill.collections.image_text import ImageKind, ImageText
from photomill.names import folded

FEWEST_WORDS = 5
"""In each, to go by them."""

_WORDS = re.compile(r"\w+")
_SAME_WORDS, _SAME_NUMBERS = 0.8, 0.9
"""Of the words, and of the numbers, of two images of one document; a small or blurred one is misread here and there."""


def say_otherwise(one: ImageText | None, other: ImageText | None) -> bool:
    """Whether two images are documents or screenshots that say different things: two receipts are not one.

    Nothing is said of what was not read, of photos, and of a few words.
    """
    if one is None or other is None or ImageKind.PHOTO in (one.kind, other.kind):
        return False
    words = [_words(each.text) for each in (one, other)]
    if min(each.total() for each in words) < FEWEST_WORDS:
        return False
    numbers = [Counter({word: n for word, n in each.items() if word.isdigit()}) for each in words]
    return _common(*words) < _SAME_WORDS or _common(*numbers) < _SAME_NUMBERS


def _words(text: str) -> Counter[str]:
    return Counter(_WORDS.findall(folded(text)))


def _common(one: Counter[str], other: Counter[str]) -> float:
    """The share of words that both have; 1 where neither has any."""
    total = one.total() + other.total()
    return 2 * (one & other).total() / total if total else 1.0
