"""Clients of the hosted service against `songbatch serve`, changed in nothing but the base URL."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from songbatch.audio.probe import probe
from songbatch.model import AudioFormat
from support.contract.audio import tone
from tests.serve.running import served

if TYPE_CHECKING:
    from collections.abc import Iterator

CLIENTS = Path(__file__).with_name("clients")
NODE = shutil.which("node")


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served(tmp_path_factory.mktemp("serve"), "--state=.") as server:
        yield server.url


def run(url: str, folder: Path, *command: str) -> bytes:
    """Run a client; return the song it wrote."""
    (folder / "reference.mp3").write_bytes(tone("mp3", 12, 220))
    environment = {**os.environ, "BASE_URL": url, "API_KEY": "any-key"}
    arguments = [*command, "reference.mp3", "song.mp3"]
    subprocess.run(arguments, cwd=folder, env=environment, check=True)
    return (folder / "song.mp3").read_bytes()


@pytest.mark.skipif(NODE is None, reason="node is not installed")
def test_the_clients_in_python_and_javascript_get_the_same_song(url: str, tmp_path: Path) -> None:
    by_python = run(url, tmp_path, sys.executable, str(CLIENTS / "client.py"))
    by_javascript = run(url, tmp_path, str(NODE), str(CLIENTS / "client.mjs"))
    assert by_python == by_javascript


def test_the_song_is_what_the_contract_gives_by_default(url: str, tmp_path: Path) -> None:
    info = probe(run(url, tmp_path, sys.executable, str(CLIENTS / "client.py")))
    assert info.format is AudioFormat.MP3
    assert (info.sample_rate, round(info.bitrate, -3)) == (44100, 256000)
    assert 2 < info.seconds <= 60
