"""Results of a function, one worked out by a thread while the one before is used."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Item, Result = TypeVar("Item"), TypeVar("Result")


def ahead(function: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
    """Yield the function's results in order; two of them are in memory at most, and calls never overlap."""
    with ThreadPoolExecutor(max_workers=1) as thread:
        coming = None
        for item in items:
            submitted = thread.submit(function, item)
            if coming:
                yield coming.result()
            coming = submitted
        if coming:
            yield coming.result()
