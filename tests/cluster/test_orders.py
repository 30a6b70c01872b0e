"""Single orders on real workers: what travels, what is refused, and what is begun once."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest

import songbatch
from songbatch.cluster.connecting import connected
from songbatch.cluster.landing import SharedLandings
from songbatch.cluster.line import SchedulerLine
from songbatch.cluster.makeup import own_makeup
from songbatch.cluster.members import Flight, Member
from songbatch.cluster.messages import Ending, EngineAsked, LandingPlace, Order, packed, reply_of
from songbatch.cluster.places import parse_place
from songbatch.engines.base import Generation
from songbatch.engines.catalog import ENGINES
from songbatch.engines.entry import EngineContext
from songbatch.engines.orders import GenerateTask
from songbatch.files.tree import Tree
from songbatch.model import AudioFormat, AudioSetting, EngineSettings, Purpose
from songbatch.sharing.address import StoreAddress
from songbatch.sharing.shared_store import SharedStore
from support.contract.audio import tone
from tests.cluster.hosting import spec, until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.contract.server import ContractServer
    from support.kit import Project
    from tests.cluster.hosting import Hosts


class Wiretap:
    """A port on loopback behind which there is another; keeps all that goes through."""

    def __init__(self, port: int) -> None:
        self._to = port
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self._heard: list[bytes] = []
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def heard(self) -> bytes:
        return b"".join(self._heard)

    def _accept(self) -> None:
        with contextlib.suppress(OSError), self._socket:
            while True:
                here, _ = self._socket.accept()
                there = socket.create_connection(("127.0.0.1", self._to))
                for pair in ((here, there), (there, here)):
                    threading.Thread(target=self._pass, args=pair, daemon=True).start()

    def _pass(self, source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(2**16):
                self._heard.append(data)
                target.sendall(data)
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def line(hosts: Hosts, tmp_path: Path) -> Iterator[SchedulerLine]:
    place = parse_place(hosts.address, {})
    with connected(place, Tree(tmp_path), subprocess.DEVNULL, is_insecure=False) as connection:
        yield SchedulerLine(connection.client)


def asked(server: ContractServer) -> EngineAsked:
    entry = ENGINES["music-01"]
    settings = msgspec.json.encode(EngineSettings())
    return EngineAsked(entry.identity, entry.account(server.environment), settings)


def order(
    line: SchedulerLine, number: int, server: ContractServer, landing: LandingPlace | None = None
) -> bytes:
    entry = ENGINES["music-01"]
    with contextlib.closing(entry.open(EngineContext(Tree("/nowhere"), server.environment))) as own:
        audio = tone("mp3", 16.0, 220.0, 32000, 64000)
        ids = own.upload(audio, AudioFormat.MP3, Purpose.SONG, "upload")
    request = Generation("One line", ids.voice_id, ids.instrumental_id, AudioSetting(), 1, "name")
    task = GenerateTask(request)
    return packed(Order(line.run, number, own_makeup(), asked(server), task, (), landing))


def member(line: SchedulerLine) -> Member:
    until(lambda: bool(line.look(0)))
    return Member.of(line.look(0)[0])


def test_no_key_is_in_any_order(
    project: Project, hosts: Hosts, contract_server: ContractServer
) -> None:
    port = int(hosts.address.rpartition(":")[2])
    tap = Wiretap(port)
    hosts.start("one", contract_server.environment, at=f"dask://127.0.0.1:{tap.port}")
    project.write("specs/demo.yaml", spec(3))
    result = project.run("render", "--on", f"dask://127.0.0.1:{tap.port}")
    tap.close()
    assert result.status == 0, result
    assert b"Line 1 of a song" in tap.heard  # all of it was heard, and uncompressed
    key = contract_server.key.encode()
    assert key not in tap.heard
    assert key not in (project.root / ".songbatch/cluster.log").read_bytes()
    for path in hosts.folder.rglob("*"):
        assert not path.is_file() or key not in path.read_bytes(), path


def test_what_a_run_has_given_up_no_worker_begins(
    hosts: Hosts, line: SchedulerLine, contract_server: ContractServer
) -> None:
    worker = hosts.start("one", contract_server.environment)
    flight = Flight(line.run, 0, member(line), is_paid=True)
    worker.send_signal(signal.SIGSTOP)
    replies: list[bytes] = []
    waiting = threading.Thread(
        target=lambda: replies.append(line.wait(flight, order(line, 0, contract_server), {}))
    )
    waiting.start()
    until(lambda: flight.waiting is not None)
    assert not line.loss(flight, "it is silent").is_begun
    worker.send_signal(signal.SIGCONT)
    waiting.join(60)
    assert reply_of(replies[0]).ending is Ending.GIVEN_UP
    assert contract_server.generations == []


def test_what_a_worker_has_begun_a_run_cannot_take_back(
    hosts: Hosts, line: SchedulerLine, contract_server: ContractServer
) -> None:
    hosts.start("one", contract_server.environment)
    flight = Flight(line.run, 0, member(line), is_paid=True)
    with contract_server.holding():
        waiting = threading.Thread(
            target=lambda: line.wait(flight, order(line, 0, contract_server), {})
        )
        waiting.start()
        until(lambda: bool(contract_server.generations))
        assert line.loss(flight, "lost").is_begun
    waiting.join(60)


def test_an_order_is_not_begun_again_by_whoever_had_begun_it(
    hosts: Hosts, line: SchedulerLine, contract_server: ContractServer
) -> None:
    hosts.start("one", contract_server.environment)
    who = member(line)
    data = order(line, 0, contract_server)
    first = reply_of(line.wait(Flight(line.run, 0, who, is_paid=True), data, {}))
    assert first.ending is Ending.DONE
    # As dask does after it has lost a result: the same task once more, at the same worker.
    second = reply_of(line.wait(Flight(line.run, 0, who, is_paid=True), data, {}))
    assert second.ending is Ending.BEGUN
    assert len(contract_server.generations) == 1


@pytest.mark.parametrize("data", [b"", b"\xc1\x00", msgspec.msgpack.encode({"run": 3})])
def test_what_cannot_be_read_is_refused_and_no_exception(
    hosts: Hosts, line: SchedulerLine, contract_server: ContractServer, data: bytes
) -> None:
    hosts.start("one", contract_server.environment)
    reply = reply_of(line.wait(Flight(line.run, 0, member(line), is_paid=True), data, {}))
    assert (reply.ending, reply.worker) == (Ending.UNFIT, "one")


def test_a_song_is_left_where_the_run_finds_it(
    hosts: Hosts, line: SchedulerLine, contract_server: ContractServer, tmp_path: Path
) -> None:
    pytest.importorskip("obstore", reason="a shared store needs songbatch[store]")
    shared = tmp_path / "shared"
    shared.mkdir()
    hosts.start("one", contract_server.environment)
    who = member(line)
    key, address = "ab" * 32, f"file://{shared}"
    data = order(line, 0, contract_server, LandingPlace(address, key, 1))
    reply = reply_of(line.wait(Flight(line.run, 0, who, is_paid=True), data, {}))
    assert reply.outcome is None
    assert reply.landed is not None
    store = SharedStore.open(StoreAddress.parse(address), {})
    landings = SharedLandings(store, lambda _request: (key, 1))
    found = landings.landed(LandingPlace(address, key, 1))
    assert found is not None
    assert landings.fetch(found) == contract_server.answers[found.answer.trace_id or ""]


def test_a_store_that_takes_nothing_loses_no_song(
    hosts: Hosts, line: SchedulerLine, contract_server: ContractServer
) -> None:
    hosts.start("one", contract_server.environment)
    place = LandingPlace("file:///proc/no/such/store", "ab" * 32, 1)
    data = order(line, 0, contract_server, place)
    reply = reply_of(line.wait(Flight(line.run, 0, member(line), is_paid=True), data, {}))
    assert reply.landed is None
    assert reply.outcome is not None
    assert reply.outcome.audio in contract_server.answers.values()


def test_a_worker_with_other_sources_is_not_used(
    project: Project, hosts: Hosts, contract_server: ContractServer, tmp_path: Path
) -> None:
    package = Path(songbatch.__file__).parent
    copy = tmp_path / "copy/songbatch"
    shutil.copytree(package, copy, ignore=shutil.ignore_patterns("__pycache__"))
    with (copy / "limits.py").open("a") as file:
        file.write("# Another one.\n")
    path = {"PYTHONPATH": str(copy.parent)}
    hosts.start("other", contract_server.environment | path)
    project.write("specs/demo.yaml", spec(1))
    result = project.run("render", "--on", hosts.address)
    assert result.status == 5, result
    version = songbatch.__version__
    assert f"worker other has other sources of songbatch {version} than this run" in result.stderr
    assert contract_server.generations == []


def test_a_plain_worker_of_dask_will_do(
    project: Project, hosts: Hosts, contract_server: ContractServer
) -> None:
    hosts.plain("plain", contract_server.environment)
    project.write("specs/demo.yaml", spec(2))
    result = project.run("render", "--on", hosts.address)
    assert result.status == 0, result
    assert len(contract_server.songs) == 2


def test_a_worker_without_songbatch_is_told_of(
    project: Project, hosts: Hosts, contract_server: ContractServer
) -> None:
    # What dask needs is there, and a module in its way that cannot be imported.
    blocked = hosts.folder / "blocked"
    blocked.mkdir()
    (blocked / "songbatch.py").write_text("raise ModuleNotFoundError(__name__)\n")
    hosts.plain("bare", contract_server.environment | {"PYTHONPATH": str(blocked)})
    project.write("specs/demo.yaml", spec(1))
    result = project.run("render", "--on", hosts.address)
    assert result.status == 5, result
    assert "worker bare has no songbatch" in result.stderr
    assert "Traceback" not in result.stdout + result.stderr


def test_several_processes_are_workers_and_leave_together(
    hosts: Hosts, line: SchedulerLine, contract_server: ContractServer
) -> None:
    parent = hosts.start("many", contract_server.environment, "--processes", "2", waits=False)
    until(lambda: len(line.look(0)) == 2)
    os.kill(parent.pid, signal.SIGTERM)
    assert parent.wait(60) == 0
    until(lambda: len(line.look(0)) == 0)


def test_a_worker_leaves_when_its_time_is_up(hosts: Hosts, contract_server: ContractServer) -> None:
    worker = hosts.start("brief", contract_server.environment, "--lifetime", "1")
    assert worker.wait(60) == 0
    assert "worker brief has left" in hosts.said("brief")


def test_a_worker_says_that_it_finds_no_scheduler(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "songbatch", "worker", "nowhere"],
        capture_output=True,
        check=False,
        cwd=tmp_path,
        encoding="utf-8",
    )
    assert done.returncode == 2
    assert "write dask://HOST:PORT" in done.stderr


@pytest.mark.parametrize("command", ["render", "worker"])
def test_other_machines_are_not_reached_in_the_clear(project: Project, command: str) -> None:
    project.write("specs/demo.yaml", spec(1))
    address = "dask://203.0.113.7:8786"
    arguments = ("--on", address) if command == "render" else (address,)
    result = project.run(command, *arguments)
    assert result.status == 2, result
    assert "would be reached without TLS" in result.stderr
    assert "--insecure-cluster" in result.stderr
