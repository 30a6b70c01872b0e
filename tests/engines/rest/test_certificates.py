"""Named certificates that cannot be used: told before anything is sent, with their variable."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from songbatch.diagnostics import EngineRefused
from songbatch.engines.acestep.settings import AceStepSettings
from songbatch.engines.music01.settings import Settings
from songbatch.engines.rest.certificates import VARIABLES, certificates
from support.kit import Project
from tests.run.specs import SONG

OURS = str(Path(__file__).parents[1] / "music01" / "localhost.pem")
SERVICE = "https://service.invalid"


def make(folder: Path, kind: str) -> str:
    """Make what a variable may name by mistake; return its path."""
    path = folder / "trusted"
    match kind:
        case "empty":
            path.write_bytes(b"")
        case "text":
            path.write_text("no certificate")
        case "cut":
            path.write_bytes(Path(OURS).read_bytes()[:200])
        case "key":
            path.write_text("-----BEGIN PRIVATE KEY-----\nMII=\n-----END PRIVATE KEY-----\n")
        case "folder":
            path.mkdir()
        case "below a file":
            path.write_text("")
            path /= "deeper"
        case "link":
            path.symlink_to(folder / "gone")
        case "nul":
            return f"{path}\0"
    return str(path)


ODD = ["missing", "empty", "text", "cut", "key", "folder", "below a file", "link", "nul"]


@pytest.mark.parametrize("kind", ODD)
def test_what_cannot_be_trusted_is_told(kind: str, tmp_path: Path) -> None:
    path = make(tmp_path, kind)
    environment = {"AIMLAPI_KEY": "key", "AIMLAPI_BASE_URL": SERVICE, "SSL_CERT_FILE": path}
    for settings in (
        Settings.from_environment(environment),
        AceStepSettings.of(environment, url=SERVICE),
    ):
        with pytest.raises(EngineRefused, match="SSL_CERT_FILE names ") as caught:
            settings.preflight()
        assert "unset SSL_CERT_FILE" in caught.value.fix


def test_what_can_be_trusted_is(tmp_path: Path) -> None:
    shutil.copy(OURS, tmp_path / "0a1b2c3d.0")
    for path in (OURS, str(tmp_path)):
        trusted = certificates({"CURL_CA_BUNDLE": path})
        assert trusted is not None
        assert not trusted.problem


def test_the_first_variable_counts() -> None:
    every = {name: f"/{name}" for name in VARIABLES}
    for name in VARIABLES:
        trusted = certificates(every)
        assert trusted is not None
        assert (trusted.variable, trusted.path) == (name, f"/{name}")
        every[name] = ""
    assert certificates(every) is None


def test_without_tls_none_are_needed() -> None:
    gone = {"AIMLAPI_KEY": "key", "REQUESTS_CA_BUNDLE": "/no/such"}
    Settings.from_environment(gone | {"AIMLAPI_BASE_URL": "http://127.0.0.1:9"}).preflight()
    proxied = {"AIMLAPI_BASE_URL": "http://service.invalid", "HTTP_PROXY": "https://proxy.invalid"}
    with pytest.raises(EngineRefused):
        Settings.from_environment(gone | proxied).preflight()


@pytest.mark.parametrize("variable", VARIABLES)
def test_a_render_says_so_at_once(variable: str, project: Project) -> None:
    project.write("specs/demo.yaml", SONG).reference("specs/references/river.mp3")
    project.environment = {
        **dict.fromkeys(VARIABLES, ""),
        "AIMLAPI_KEY": "any-key-123",
        "AIMLAPI_BASE_URL": SERVICE,
        variable: "/no/such.pem",
    }
    result = project.run("render")
    assert result.status == 5, result
    assert result.stderr == (
        f"error: {variable} names /no/such.pem, which is not there\n"
        f"  fix: unset {variable}, or let it name a file of certificates\n"
    )
    assert "retry" not in result.stdout
    assert not (project.root / "outputs").exists()
    for looking in (("engines", "music-01"), ("doctor", "--engine", "music-01")):
        assert variable in project.run(*looking).stdout
    mended = project.run("plan", env={variable: os.devnull})
    assert mended.status == 0, mended
