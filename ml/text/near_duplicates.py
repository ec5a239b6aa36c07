"""Near-duplicate texts: copies with a word changed, by MinHash over shingles and a check of what it proposes.

Texts whose MinHashes agree in one band meet in a bucket; each is compared with the originals of its buckets, by the
exact share of common shingles (Jaccard).
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ml.text.normalise import normalised

SHINGLE = 4
SHORTEST = 10  # a text of fewer shingles says what many say
LEAST_SIMILARITY = 0.8
BANDS, ROWS = 16, 4
TEXTS_AT_ONCE = 2000


class Duplicate(NamedTuple):
    """The position of a text, that of the first text it nearly repeats, and the share of shingles in common."""

    position: int
    first: int
    similarity: float


def near_duplicates(texts: Sequence[str | None]) -> list[Duplicate]:
    """Return the texts that nearly repeat an earlier one; who is first is decided by the order given."""
    shingles = [_shingles(text) for text in texts]
    judged = [at for at, found in enumerate(shingles) if len(found) >= SHORTEST]
    buckets: list[dict[bytes, list[int]]] = [defaultdict(list) for _ in range(BANDS)]
    duplicates = []
    for at, bands in _banded(shingles, judged):
        met = sorted({earlier for band, key in enumerate(bands) for earlier in buckets[band][key]})
        similar = [(jaccard(shingles[at], shingles[earlier]), earlier) for earlier in met]
        similarity, first = max(similar, key=lambda pair: (pair[0], -pair[1]), default=(0, at))
        if similarity >= LEAST_SIMILARITY:
            duplicates.append(Duplicate(at, first, round(similarity, 6)))
        else:  # only what is new stands for its bucket: a text repeated a million times is compared once a time
            for band, key in enumerate(bands):
                buckets[band][key].append(at)
    return duplicates


def jaccard(one: np.ndarray, other: np.ndarray) -> float:
    """Return the share of common values of two sorted arrays without repetition."""
    common = len(np.intersect1d(one, other, assume_unique=True))
    union = len(one) + len(other) - common
    return common / union if union else 1.0


def _shingles(text: str | None) -> np.ndarray:
    """Return the numbers of a text's shingles, each once; punctuation and blanks do not count."""
    signs = "".join(sign for sign in normalised(text) if sign.isalnum())
    codes = np.frombuffer(signs.encode("utf-32-le"), dtype=np.uint32).astype(np.uint64)
    if len(codes) < SHINGLE:
        return np.empty(0, dtype=np.uint64)
    windows = np.lib.stride_tricks.sliding_window_view(codes, SHINGLE)
    # Code points have 21 bits: three fit a number exactly, the fourth is mixed in.
    numbers = windows[:, 0]
    for column in range(1, SHINGLE):
        numbers = _mixed(numbers * np.uint64(2_097_169) + windows[:, column])
    return np.unique(numbers)


def _mixed(numbers: np.ndarray) -> np.ndarray:
    """Spread numbers evenly over 64 bits (the finaliser of splitmix64)."""
    numbers = (numbers ^ (numbers >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    numbers = (numbers ^ (numbers >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return numbers ^ (numbers >> np.uint64(31))


def _banded(shingles: list[np.ndarray], judged: list[int]):
    """Yield each judged text with the keys of its bands: ROWS of its MinHashes each."""
    seeds = _mixed(np.arange(1, BANDS * ROWS + 1, dtype=np.uint64))
    for begin in range(0, len(judged), TEXTS_AT_ONCE):
        part = judged[begin : begin + TEXTS_AT_ONCE]
        values = np.concatenate([shingles[at] for at in part])
        starts = np.cumsum([0, *(len(shingles[at]) for at in part[:-1])])
        hashes = np.stack([np.minimum.reduceat(_mixed(values ^ seed), starts) for seed in seeds], axis=1)
        for at, row in zip(part, hashes, strict=True):
            yield at, [row[band * ROWS : (band + 1) * ROWS].tobytes() for band in range(BANDS)]
