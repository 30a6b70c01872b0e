"""The contract's checks, asked of the real HTTP layer of ACE-Step 1.5 with a stub for its model.

    python -m tests.real.acestep                              the package of PyPI, February 2026
    python -m tests.real.acestep --checkout FOLDER --state old   a checkout of its repository

It makes a virtual environment of its own, outside the repository (`--cache FOLDER`, or
`~/.cache/songbatch-tests/acestep`), and installs there the package and the few libraries that its
HTTP layer needs, about 130 MB: no torch, no weights. Then it starts the server on loopback, asks
what `tests/support/test_acestep_fake.py` asks of the simulated one in the same state, prints which
claims hold, and holds the engine `acestep` against it by `songbatch conformance`. It exits 1 if
anything does not hold. It wants Python 3.11 or newer.

What is theirs: routes, parsing, silent drops, queue, job store, disk cache, envelopes. What is
not: everything about sound, seeds and language models, which `tests/real/acestep_stub.py` stands
in for.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import traceback
import urllib.error
import venv
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from support.acestep import chat_checks, checks
from support.acestep.asking import KEY, MODEL, PATIENCE, QUEUE_SIZE, Subject
from support.acestep.states import OLD, STATES, WHEEL, State

PACKAGE = "ace-step15-fork==20260212"
LIBRARIES = ("fastapi", "uvicorn", "python-multipart", "diskcache", "loguru", "numpy")
STUB = Path(__file__).with_name("acestep_stub.py")
LOOSE = shutil.ignore_patterns("__pycache__", "training", "third_parts")


class Real(Subject):
    """The real server, in a process of its own that works in `folder`."""

    def __init__(self, python: Path, package: Path, folder: Path, state: State) -> None:
        self.state = state
        self._python = python
        self._folder = folder
        shutil.copytree(package, folder / "acestep", ignore=LOOSE)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port: int = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self._port}"
        self._process = self._start()

    def hold(self) -> None:
        (self._folder / "hold").touch()

    def release(self) -> None:
        (self._folder / "hold").unlink(missing_ok=True)

    def fail_next(self) -> None:
        (self._folder / "fail").touch()

    def restart(self) -> None:
        self.stop()
        self._process = self._start()

    def lose_files(self) -> None:
        for path in (self._folder / "tmp" / "api_audio").iterdir():
            path.unlink()

    def last_made(self) -> Mapping[str, Any]:
        made: dict[str, Any] = json.loads(
            (self._folder / "made.jsonl").read_text().splitlines()[-1]
        )
        return made

    def stop(self) -> None:
        """Kill the process."""
        self._process.kill()
        self._process.wait()

    def _start(self) -> subprocess.Popen[bytes]:
        environment = {n: v for n, v in os.environ.items() if not n.startswith("ACESTEP_")} | {
            "ACESTEP_API_KEY": KEY,
            "ACESTEP_CONFIG_PATH": MODEL,
            "ACESTEP_INIT_LLM": "false",
            "ACESTEP_QUEUE_MAXSIZE": str(QUEUE_SIZE),
            "ACESTEP_TMPDIR": str(self._folder / "tmp"),
        }
        with (self._folder / "log").open("ab") as log:
            process = subprocess.Popen(
                [self._python, STUB, str(self._port), self._folder],
                stdout=log, stderr=log, cwd=self._folder, env=environment,
            )  # fmt: skip
        end = time.monotonic() + PATIENCE
        while not self._answers():
            if process.poll() is not None or time.monotonic() > end:
                process.kill()
                sys.exit(f"the server does not start:\n{self.log()[-2000:]}")
            time.sleep(0.05)
        return process

    def log(self) -> str:
        """Return what the server printed."""
        return (self._folder / "log").read_text(errors="replace")

    def _answers(self) -> bool:
        try:
            return self.ask("GET", "/health").status == 200
        except (urllib.error.URLError, ConnectionError):
            return False


def environment(cache: Path) -> Path:
    """Return the Python of an environment with all that is needed, made if need be."""
    root = cache / f"venv-{PACKAGE.rpartition('==')[2]}"
    python = root / "bin" / "python"
    if not (root / "complete").exists():
        print(f"installing {PACKAGE} into {root}", flush=True)
        venv.create(root, clear=True, with_pip=True)
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, *LIBRARIES], check=True)
        subprocess.run([*pip, "--no-deps", PACKAGE], check=True)
        (root / "complete").touch()
    return python


def package_of(python: Path) -> Path:
    """Return the folder of the installed package."""
    code = "import importlib.util as u; print(u.find_spec('acestep').submodule_search_locations[0])"
    run = subprocess.run([python, "-c", code], check=True, capture_output=True, text=True)
    return Path(run.stdout.strip())


def hold_to(subject: Subject) -> int:
    """Ask everything; print what holds, and return how much does not."""
    failures = 0
    asked = checks.check | (chat_checks.check if subject.state.chat else {})
    for claim, check in asked.items():
        try:
            check(subject)
        except Exception as error:
            failures += 1
            line = traceback.extract_tb(error.__traceback__)[-1].line
            print(f"  not  {claim}\n       {line}\n       {type(error).__name__}: {error}"[:900])
        else:
            print(f"  yes  {claim}")
    return failures


def hold_client_to(subject: Subject) -> int:
    """Hold the engine `acestep` against the server; return how its suite ended."""
    print("the engine acestep, held against it:", flush=True)
    command = [sys.executable, "-m", "songbatch", "conformance", "acestep", "--url", subject.url]
    return subprocess.run(
        command, env=os.environ | {"ACESTEP_API_KEY": KEY}, check=False
    ).returncode


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description="hold the real ACE-Step server to its contract")
    parser.add_argument("--cache", type=Path, help="where the environment is kept")
    parser.add_argument("--checkout", type=Path, help="a checkout of ace-step/ACE-Step-1.5")
    parser.add_argument("--state", choices=STATES, help="which state it is in")
    options = parser.parse_args()
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    cache: Path = options.cache or home / "songbatch-tests" / "acestep"
    python = environment(cache)
    package = options.checkout / "acestep" if options.checkout else package_of(python)
    state = STATES[options.state] if options.state else OLD if options.checkout else WHEEL
    with tempfile.TemporaryDirectory() as folder:
        subject = Real(python, package, Path(folder), state)
        print(f"{package}, held to the state {state.name}:")
        try:
            failures = hold_to(subject)
            ended = hold_client_to(subject)
        finally:
            subject.stop()
    print(f"{failures} of the claims do not hold" if failures else "all of the claims hold")
    sys.exit(failures > 0 or ended > 0)


if __name__ == "__main__":
    main()
