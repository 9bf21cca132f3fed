"""BERT's tokens, of models that ignore case: words, cut into the longest pieces that are known."""

import unicodedata
from collections.abc import Iterator, Mapping

_LONGEST_WORD = 100
_FIRST, _LAST, _UNKNOWN = "[CLS]", "[SEP]", "[UNK]"
_IDEOGRAPHS = (
    (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF),
    (0xF900, 0xFAFF),
    (0x20000, 0x2CEAF),
    (0x2F800, 0x2FA1F),
)


class WordPieces:
    """Cuts texts into tokens."""

    def __init__(self, vocabulary: Mapping[str, int]) -> None:
        """
        :param vocabulary: the number of each piece; those that go on a word begin with ``##``.
        """
        self._vocabulary = vocabulary

    def __call__(self, text: str, longest: int) -> list[int]:
        """The numbers of a text's tokens, between those for its beginning and its end.

        :param longest: what comes behind so many is left out.
        """
        pieces = [piece for word in _words(text) for piece in self._pieces(word)]
        named = [_FIRST, *pieces[: longest - 2], _LAST]
        return [self._vocabulary[each] for each in named]

    def share_known(self, text: str) -> float:
        """How many of a text's words are pieces as they are; 0 where it has none."""
        words = [word for word in _words(text) if word.isalpha()]
        return sum(word in self._vocabulary for word in words) / max(len(words), 1)

    def _pieces(self, word: str) -> list[str]:
        pieces: list[str] = []
        start = 0
        while start < len(word) <= _LONGEST_WORD:
            beginning = "##" if start else ""
            end = next(
                (
                    end
                    for end in range(len(word), start, -1)
                    if beginning + word[start:end] in self._vocabulary
                ),
                None,
            )
            if end is None:
                break
            pieces.append(beginning + word[start:end])
            start = end
        return pieces if pieces and start == len(word) else [_UNKNOWN]


def _words(text: str) -> list[str]:
    return "".join(_spaced(text)).split()


def _spaced(text: str) -> Iterator[str]:
    """The characters of a text without accents, in small letters; spaces around what is a word by itself."""
    for character in unicodedata.normalize("NFD", "".join(_cleaned(text))):
        category = unicodedata.category(character)
        if category == "Mn":
            continue
        alone = _is_punctuation(character, category) or _is_ideograph(character)
        yield f" {character} " if alone else character.lower()


def _cleaned(text: str) -> Iterator[str]:
    for character in text:
        if character.isspace():
            yield " "
        elif character != "\ufffd" and not unicodedata.category(character).startswith("C"):
            yield character


def _is_punctuation(character: str, category: str) -> bool:
    return category.startswith("P") or (character.isascii() and category.startswith("S"))


def _is_ideograph(character: str) -> bool:
    return any(first <= ord(character) <= last for first, last in _IDEOGRAPHS)
