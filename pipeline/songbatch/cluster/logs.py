"""Logs of dask and what it stands on: in a file of the project, and never on the terminal."""

from __future__ import annotations

import contextlib
import io
import logging
import warnings
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from io import FileIO

    from songbatch.files.tree import Tree

NAME = "cluster.log"
MOST_BYTES = 2**20
"""A log that has grown beyond this is begun anew."""

_LOGGERS = (
    "asyncio", "bokeh", "dask", "dask_jobqueue", "dask_kubernetes", "distributed",
    "distributed.client", "distributed.gc", "distributed.worker", "kopf", "kr8s", "tornado",
    "tornado.application",
)  # fmt: skip
"""Each may have a level and a handler of its own: setting those of the one above is not enough."""


@contextlib.contextmanager
def logged_apart(state: Tree) -> Iterator[FileIO]:
    """Have everything written to the log in `state` while the block runs; yields that file."""
    if state.is_there(NAME) and state.status(NAME).st_size > MOST_BYTES:
        state.remove(NAME)
    with state.append(NAME) as file:
        handler = logging.StreamHandler(io.TextIOWrapper(file, "utf-8", "backslashreplace"))
        handler.setFormatter(logging.Formatter("%(asctime)s %(name)s %(levelname)s %(message)s"))
        before = [(one, one.handlers, one.propagate) for one in map(logging.getLogger, _LOGGERS)]
        for one, _, _ in before:
            one.handlers, one.propagate = [handler], False
        try:
            with warnings.catch_warnings():
                warnings.filterwarnings("ignore", module="(dask|distributed|tornado)")
                yield file
        finally:
            for one, handlers, propagates in before:
                one.handlers, one.propagate = handlers, propagates
