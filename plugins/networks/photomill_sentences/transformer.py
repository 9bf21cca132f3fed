"""BERT's encoder in numpy: sentences are short, and one is encoded at a time.

J. Devlin et al., "BERT: Pre-training of Deep Bidirectional Transformers for Language Understanding", 2018. What it gives for
the tokens is averaged, as N. Reimers and I. Gurevych do, "Sentence-BERT", 2019.
"""

from collections.abc import Callable, Sequence

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

Array = NDArray[np.float32]


@frozen(eq=False)
class Linear:
    """A matrix (outputs, inputs) and a bias (outputs,)."""

    weight: Array
    bias: Array

    def __call__(self, values: Array) -> Array:
        result: Array = values @ self.weight.T
        result += self.bias
        return result


@frozen(eq=False)
class Normalisation:
    """Of each position: mean 0 and variance 1, then scaled and shifted."""

    scale: Array
    shift: Array
    epsilon: float

    def __call__(self, values: Array) -> Array:
        centred = values - values.mean(axis=-1, keepdims=True)
        variance = np.square(centred).mean(axis=-1, keepdims=True)
        return np.asarray(centred / np.sqrt(variance + self.epsilon) * self.scale + self.shift)


@frozen(eq=False)
class Layer:
    """Attention, and two linear steps behind it."""

    query: Linear
    key: Linear
    value: Linear
    joining: Linear
    after_joining: Normalisation
    widening: Linear
    narrowing: Linear
    after_narrowing: Normalisation

    def __call__(self, values: Array, heads: int) -> Array:
        length, size = values.shape
        query, key, value = (
            each(values).reshape(length, heads, -1).transpose(1, 0, 2)
            for each in (self.query, self.key, self.value)
        )
        scores = query @ key.transpose(0, 2, 1) / np.float32((size / heads) ** 0.5)
        shares = np.exp(scores - scores.max(axis=-1, keepdims=True))
        shares /= shares.sum(axis=-1, keepdims=True)
        attended = (shares @ value).transpose(1, 0, 2).reshape(length, size)
        values = self.after_joining(values + self.joining(attended))
        return self.after_narrowing(values + self.narrowing(_gelu(self.widening(values))))


@frozen(eq=False)
class Transformer:
    """An encoder of tokens.

    :ivar embed: gives what stands for some tokens, float32 (n, size), for their numbers.
    :ivar positions: what is added at each position: (longest, size).
    """

    embed: Callable[[Sequence[int]], Array]
    positions: Array
    normalised: Normalisation
    layers: Sequence[Layer]
    heads: int

    @property
    def longest(self) -> int:
        """How many tokens it takes."""
        return len(self.positions)

    def mean(self, tokens: Sequence[int]) -> Array:
        """What some tokens mean together: float32 (size,), of length 1."""
        values = self.normalised(self.embed(tokens) + self.positions[: len(tokens)])
        for layer in self.layers:
            values = layer(values, self.heads)
        total = values.sum(axis=0, dtype=np.float64)
        return np.asarray(total / np.linalg.norm(total), np.float32)


def _gelu(values: Array) -> Array:
    return np.asarray(0.5 * values * (1 + _error_function(values * np.float32(0.5**0.5))))


def _error_function(values: Array) -> Array:
    """M. Abramowitz and I. Stegun, "Handbook of Mathematical Functions", 7.1.26: to 1.5e-7."""
    part = 1 / (1 + np.float32(0.3275911) * np.abs(values))
    series = np.zeros_like(part)
    for factor in (1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592):
        series = (series + np.float32(factor)) * part
    return np.asarray(np.copysign(1 - series * np.exp(-np.square(values)), values))
