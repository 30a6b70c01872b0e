"""Packages that a cluster needs, and that need not be there."""

from __future__ import annotations

from importlib.util import find_spec

from songbatch.diagnostics import UsageError


def demand_dask() -> None:
    """Raise UsageError unless dask.distributed is there."""
    if find_spec("distributed") is None:
        raise UsageError(
            "a cluster needs dask.distributed, which is not installed",
            fix="pip install 'songbatch[dask]'",
        )
