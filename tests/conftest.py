"""Fixtures for every test."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from support import kit
from support.contract.server import ContractServer, contract_server
from support.kit import Project

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

__all__ = ["contract_server"]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A running browser: one for all, since there cannot be two in a process."""
    from support.browser import NoChromium, chromium  # noqa: PLC0415  (few tests need one)

    with ExitStack() as stack:
        try:
            running = stack.enter_context(chromium())
        except NoChromium as error:
            pytest.skip(str(error))
        yield running


def pytest_xdist_auto_num_workers() -> int:
    """Return how many tests run at once: some only wait, for clocks that people wait for too."""
    return (os.cpu_count() or 1) + 1


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add what takes longer and proves more."""
    parser.addoption(
        "--fresh-interpreters",
        action="store_true",
        help="start an interpreter for every command, where otherwise a loaded one forks",
    )
    parser.addoption(
        "--whole-tables",
        action="store_true",
        help="try every case of tables of which otherwise some are tried",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Let commands be started as the options say."""
    kit.forks_commands &= not config.getoption("--fresh-interpreters")


# A shell that has tests run in the background lets them and their children ignore interrupts.
signal.signal(signal.SIGINT, signal.default_int_handler)
if sys.platform != "win32":
    signal.signal(signal.SIGQUIT, signal.SIG_DFL)


# How long an example takes says more of the machine than of the code.
settings.register_profile("short", deadline=None, max_examples=50)
settings.register_profile("thorough", deadline=None, max_examples=1000)
settings.load_profile("short")


@pytest.fixture
def whole_tables(request: pytest.FixtureRequest) -> bool:
    """Whether no case of a table is left out."""
    return bool(request.config.getoption("--whole-tables"))


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """An empty folder to make a project in."""
    return Project(tmp_path)


@pytest.fixture
def hosted(project: Project, contract_server: ContractServer) -> Project:
    """A project whose engine music-01 is a server of the contract on loopback."""
    project.environment = contract_server.environment
    return project
