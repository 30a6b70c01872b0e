"""Are songs the same on other processors? Digests, compared with those of this machine.

    python -m bench.processors                              with less of this processor in use
    python -m bench.processors --emulator "COMMAND"         also by another Python, such as
        "qemu-aarch64 -L ROOT ROOT/usr/bin/python3.11", with numpy, msgspec and lameenc for it on
        --path
    python -m bench.processors --emulator FOLDER/bin/python --path ""    also by another Python of
        this processor, such as one with an older numpy

One line of a song, alone and over a rearranged band, and a song with sections over the rearranged
and the played band. QEMU (Debian: qemu-user) runs programs of another processor; ROOT holds its C
library and Python. An emulated processor takes some five minutes.
"""

from __future__ import annotations

import argparse
import os
import shlex
import sys
import tempfile
from pathlib import Path

from support.processors import PROCESSORS, digests_of, save_reference

ROOT = Path(__file__).parents[1]


def main() -> None:
    """Compare and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--emulator", help="a command that runs another Python")
    parser.add_argument("--path", default="", help="its folder of packages")
    asked = parser.parse_args()
    kinds = {name: ([sys.executable], extra) for name, extra in PROCESSORS.items()}
    if asked.emulator:
        path = os.pathsep.join(filter(None, [asked.path, str(ROOT / "pipeline")]))
        kinds[asked.emulator] = (shlex.split(asked.emulator), {"PYTHONPATH": path})
    with tempfile.TemporaryDirectory() as folder:
        reference = Path(folder) / "reference.npy"
        save_reference(reference)
        first: dict[str, str] = {}
        for name, (command, extra) in kinds.items():
            made = digests_of(command, reference, extra, is_whole=True)
            first = first or made
            other = [stage for stage in made if made[stage] != first[stage]]
            print(f"{name}: {', '.join(other) + ' differ' if other else 'all equal'}", flush=True)


if __name__ == "__main__":
    main()
