"""Limit of open files: raised as far as the system lets us, and never lowered."""

from __future__ import annotations

import subprocess
import sys

import pytest

resource = pytest.importorskip("resource", reason="Windows has no such limit")

SCRIPT = """\
import resource
from songbatch.files.open_files import allow_open_files
resource.setrlimit(resource.RLIMIT_NOFILE, (300, {most}))
allow_open_files({count})
print(*resource.getrlimit(resource.RLIMIT_NOFILE))
"""


@pytest.mark.parametrize(
    ("count", "most", "least"), [(500, 1000, 756), (5000, 1000, 1000), (10, 1000, 300)]
)
def test_the_limit_is_raised_as_far_as_it_may_be(count: int, most: int, least: int) -> None:
    script = SCRIPT.format(count=count, most=most)
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == [str(least), str(most)], done.stderr
