"""SentencePiece's tokens of the kind "unigram": of all ways to cut a text into pieces, the likeliest.

T. Kudo, "Subword Regularization", 2018; the pieces that win are found as A. Viterbi does.
"""

from collections.abc import Mapping, Sequence

from attrs import field, frozen

_SPACE = "\u2581"
_LESS_THAN_ANY = 10.0


@frozen(eq=False)
class Unigrams:
    """Cuts texts into tokens.

    :ivar pieces: the number of each piece in UTF-8.
    :ivar scores: the logarithms of their probabilities, by number.
    :ivar replaced: what stands for a character, as ``str.translate`` takes it.
    :ivar unknown: the number of a character that is in no piece.
    """

    pieces: Mapping[bytes, int]
    scores: Sequence[float]
    replaced: Mapping[int, str]
    first: int
    last: int
    unknown: int
    _longest: int = field(init=False)
    _cost_of_unknown: float = field(init=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "_longest", max(map(len, self.pieces)))
        object.__setattr__(self, "_cost_of_unknown", min(self.scores) - _LESS_THAN_ANY)

    def __call__(self, text: str, longest: int) -> list[int]:
        """The numbers of a text's tokens, between those for its beginning and its end.

        :param longest: what comes behind so many is left out.
        """
        return [self.first, *self._cut(self._prepared(text))[: longest - 2], self.last]

    def _prepared(self, text: str) -> list[bytes]:
        spaced = text.translate(self.replaced)
        while "  " in spaced:
            spaced = spaced.replace("  ", " ")
        if not spaced.startswith(" "):
            spaced = " " + spaced
        return [each.encode(errors="replace") for each in spaced.replace(" ", _SPACE)]

    def _cut(self, characters: Sequence[bytes]) -> list[int]:
        # For each place: how likely what leads there is, where its last piece begins, and the number of that.
        best = [(0.0, 0, self.unknown)] + [(-float("inf"), 0, self.unknown)] * len(characters)
        for start in range(len(characters)):
            likely = best[start][0]
            piece = b""
            for end in range(start + 1, len(characters) + 1):
                piece += characters[end - 1]
                if len(piece) > self._longest:
                    break
                number = self.pieces.get(piece)
                if number is not None and number != self.unknown:
                    best[end] = max(best[end], (likely + self.scores[number], start, number))
            best[start + 1] = max(
                best[start + 1], (likely + self._cost_of_unknown, start, self.unknown)
            )
        found: list[int] = []
        place = len(characters)
        while place:
            _, place, number = best[place]
            found.append(number)
        return found[::-1]
