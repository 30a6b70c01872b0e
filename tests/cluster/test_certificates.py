"""A cluster that speaks TLS: used by who has certificates, and by nobody else."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cluster.hosting import Hosts, spec

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.contract.server import ContractServer
    from support.kit import Project

DOCUMENT = Path(__file__).parents[2] / "docs/cluster.md"


def documented(language: str, containing: str) -> str:
    """Return the block of the page for users that has this text."""
    blocks = DOCUMENT.read_text("utf-8").split(f"```{language}\n")[1:]
    return next(b for block in blocks if containing in (b := block.partition("```")[0]))


@pytest.fixture
def certified(tmp_path: Path) -> dict[str, str]:
    """Certificates made as the page says; what makes dask use them."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl makes the certificates")
    folder = tmp_path / "songs"
    folder.mkdir()
    commands = documented("sh", "openssl req")
    subprocess.run(["sh", "-e", "-c", commands], cwd=folder, check=True, capture_output=True)
    settings = documented("yaml", "distributed:").replace("/etc/songs", str(folder))
    dask = tmp_path / "dask"
    dask.mkdir()
    (dask / "tls.yaml").write_text(settings)
    return {"DASK_CONFIG": str(dask)}


@pytest.fixture
def secure(tmp_path: Path, certified: dict[str, str]) -> Iterator[Hosts]:
    with Hosts(tmp_path / "hosts", certified) as running:
        yield running


def test_songs_are_made_over_tls(
    project: Project, secure: Hosts, contract_server: ContractServer, certified: dict[str, str]
) -> None:
    secure.start("one", contract_server.environment | certified)
    project.write("specs/demo.yaml", spec(2))
    result = project.run("render", "--on", secure.address, env=certified, fresh=True)
    assert result.status == 0, result
    assert len(contract_server.songs) == 2


def test_certificates_are_used_on_this_machine_too(
    project: Project, contract_server: ContractServer, certified: dict[str, str]
) -> None:
    project.write("specs/demo.yaml", spec(1))
    result = project.run("render", "--on", "local:1", env=certified, fresh=True)
    assert result.status == 0, result
    assert len(contract_server.songs) == 1
    assert "tls://127.0.0.1" in (project.root / ".songbatch/cluster.log").read_text("utf-8")


def test_who_has_no_certificates_is_told(
    project: Project, secure: Hosts, contract_server: ContractServer
) -> None:
    project.write("specs/demo.yaml", spec(1))
    result = project.run("render", "--on", secure.address)
    assert result.status == 5, result
    assert "cannot be reached" in result.stderr
    assert "TLS" in result.stderr
    assert contract_server.generations == []
