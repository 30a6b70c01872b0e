"""Loading of numpy with matrix products on one thread: songs are made on every core already.

More threads would wait for each other with the processor busy, at half as much CPU again.
"""

from __future__ import annotations

import os
import sys

THREADS = "OPENBLAS_NUM_THREADS"
"""What numpy's library of matrix products asks for when it is loaded."""


def load_numpy() -> None:
    """Load numpy, unless it is; the environment of other programs stays as it is."""
    if "numpy" in sys.modules or THREADS in os.environ:
        return
    os.environ[THREADS] = "1"
    try:
        import numpy  # noqa: F401, PLC0415  (only now the library looks)
    finally:
        del os.environ[THREADS]
