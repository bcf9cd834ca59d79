"""Compiled loops over rows on several threads."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

ROWS_PER_THREAD = 64  # fewer are not worth the hand-over


def in_threads(kernel: Callable[..., Any], rows: int, *values: Any) -> None:
    """Call ``kernel(first, last, *values)`` for stretches of `rows` that together cover them, several at a time.

    As many threads are used as numba is allowed. The kernel must hold no lock (``nogil=True``) and write
    each row in one place only; then the result does not depend on the number of threads.
    """
    import numba

    threads = max(1, min(numba.get_num_threads(), rows // ROWS_PER_THREAD))
    if threads == 1:
        kernel(0, rows, *values)
        return
    edges = [rows * part // threads for part in range(threads + 1)]
    pool = _pool(os.getpid(), threads)
    list(pool.map(lambda first, last: kernel(first, last, *values), edges[:-1], edges[1:]))


@cache
def _pool(process: int, threads: int) -> ThreadPoolExecutor:
    """Return the threads of this process; one that was forked has none of its parent's."""
    del process
    return ThreadPoolExecutor(threads)
