"""The command, counting how often it has the disk sync.

python -m bench.scale.counted FILE ARGUMENTS…

writes the number into FILE. Worker processes that it starts are not counted.
"""

from __future__ import annotations

import itertools
import os
import sys
from pathlib import Path

from songbatch.__main__ import main

if __name__ == "__main__":
    told, counter, fsync = Path(sys.argv.pop(1)), itertools.count(), os.fsync

    def counted(descriptor: int) -> None:
        next(counter)
        fsync(descriptor)

    os.fsync = counted  # type: ignore[assignment]
    try:
        main()
    finally:
        told.write_text(str(next(counter)), "utf-8")
