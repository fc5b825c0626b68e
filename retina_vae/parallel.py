"""Work side by side whose results do not depend on how much of it there is at a time."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from threadpoolctl import threadpool_limits

__all__ = ["one_thread_each"]


@contextmanager
def one_thread_each(threads: int) -> Iterator[ThreadPoolExecutor]:
    """``threads`` workers that compute on one thread each, so that sums are added in the same order every time."""
    # OpenMP keeps its limit per thread, the linear algebra library for all of them; each worker sets the former, the
    # block the latter, which the first worker to end would otherwise lift.
    with threadpool_limits(1), ThreadPoolExecutor(threads, initializer=threadpool_limits, initargs=(1,)) as pool:
        yield pool
