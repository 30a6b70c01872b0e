"""The key: sent in one header, and nowhere else, whatever the service answers with."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from support.contract.audio import tone
from support.contract.faults import Fault
from support.contract.server import ContractServer
from support.kit import Project
from tests.run.specs import SONG

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from support.kit import Result

KEY = "sk-Te5t/K+y=0123456789~abc"
"""Has what percent-encoding and base64 change."""
FAST = ("--backoff", "0.01", "--jobs", "1", "--yes")


@pytest.fixture
def echoing(tmp_path: Path) -> Project:
    """A project whose temporary files lie beside it."""
    (tmp_path / "project").mkdir()
    (tmp_path / "temporary").mkdir()
    project = Project(tmp_path / "project")
    project.write("specs/demo.yaml", SONG).reference("specs/references/river.mp3")
    project.environment = {"TMPDIR": str(tmp_path / "temporary"), "HOME": str(tmp_path)}
    return project


def written(key: str) -> dict[str, str]:
    """Return the key as a service may write it, each way by its name."""
    around = {
        "alone": ("", ""),
        "bearer": ("Bearer ", ""),
        "user": ("user:", "\n"),
        "json": ('{"k":"', '"}'),
    }
    ways = {
        "plain": key,
        "upper": key.upper(),
        "percent": quote(key, safe=""),
        "percent-lower": quote(key, safe="").lower(),
        "percent-twice": quote(quote(key, safe=""), safe=""),
        "percent-all": "".join(f"%{ord(c):02x}" for c in key),
        "unicode": "".join(f"\\u{ord(c):04x}" for c in key),
        "unicode-capitals": "".join(f"\\u{ord(c):04X}" for c in key),
        "unicode-twice": "".join(f"\\\\u{ord(c):04x}" for c in key),
        "braces": "".join(f"\\u{{{ord(c):x}}}" for c in key),
        "bytes": "".join(f"\\x{ord(c):02x}" for c in key),
        "octal": "".join(f"\\{ord(c):03o}" for c in key),
        "json": key.replace("/", "\\/"),
        "html": key.replace("/", "&#x2F;").replace("+", "&plus;").replace("=", "&#61;"),
        "html-all": "".join(f"&#{ord(c)};" for c in key),
        "html-hex": "".join(f"&#x{ord(c):X};" for c in key),
        "html-twice": "".join(f"&amp;#{ord(c)};" for c in key),
        "mixed": "".join(f"%{ord(c):02X}" if n % 3 else f"&#{ord(c)};" for n, c in enumerate(key)),
        "spaced": " ".join((key[:9], key[9:])),
        "hidden": "\u200b".join(key),
    }
    for where, (before, after) in around.items():
        data = f"{before}{key}{after}".encode()
        for name, coded in {
            "base64": base64.b64encode(data),
            "base64url": base64.urlsafe_b64encode(data),
            "base32": base64.b32encode(data),
            "hex": data.hex().encode(),
        }.items():
            ways[f"{name}-{where}"] = coded.decode()
        ways[f"hex-capitals-{where}"] = data.hex().upper()
        ways[f"base32-lower-{where}"] = base64.b32encode(data).decode().lower()
        ways[f"base64-percent-{where}"] = quote(base64.b64encode(data).decode(), safe="")
    return ways


def forms(key: str) -> list[bytes]:
    """Return what no file may hold, in lower case: the key as it might be written down.

    Of what was encoded together with something else, the part that is the key's alone.
    """
    raw = key.encode("utf-8", "surrogateescape")
    found = [raw, quote(raw, safe="").encode(), quote(raw).encode(), raw.hex().encode()]
    found += [
        coded(b"\0" * before + raw)[before and before + 1 :].rstrip(b"=")[:-1]
        for before in range(3)
        for coded in (base64.b64encode, base64.urlsafe_b64encode)
    ]
    found += [
        base64.b32encode(b"\0" * before + raw).rstrip(b"=")[before * 8 // 5 + 1 : -1]
        for before in range(5)
    ]
    if raw.isascii() and key.isprintable():
        found += [way.encode() for name, way in written(key).items() if "-" not in name]
    return [form.lower() for form in (*found, ascii(key)[1:-1].encode())]


def assert_unknown(project: Project, result: Result, key: str = KEY) -> None:
    """Check that no file, name or output tells the key."""
    sought = forms(key)
    said = (result.stdout + result.stderr).encode("utf-8", "surrogateescape").lower()
    assert not [form for form in sought if form in said], result
    for path in project.root.parent.rglob("*"):
        name = str(path).encode("utf-8", "surrogateescape").lower()
        data = path.read_bytes().lower() if path.is_file() else b""
        assert not [form for form in sought if form in name or form in data], path


ECHOES = [
    Fault.http(400, f"the key {KEY} is bad; Authorization: Bearer {KEY}"),
    Fault.http(500, f"failed for Bearer {KEY}"),
    Fault.in_band(2013, f"bad {KEY}", trace_id=KEY),
    Fault.in_band(987654, f"bad {KEY}", trace_id=f"t-{KEY}"),
    Fault.http(400, "x" * 280 + KEY),
    Fault.raw(b"{}", 400, x_inference_id=KEY, Retry_After=KEY, Date=KEY, Location=KEY),
    Fault.raw(b"", 302, Location=f"http://127.0.0.1:9/{KEY}"),
    Fault.raw(b"{}", 200, Content_Encoding=KEY),
    Fault.raw(f"<html>{KEY}</html>".encode(), 502),
    Fault.json({"base_resp": {"status_code": KEY, "status_msg": [KEY]}, KEY: KEY}),
    Fault.json({
        "data": {"audio": f"https://cdn/{KEY}"}, "trace_id": KEY, "base_resp": {"status_code": 0},
    }),
]  # fmt: skip
STOPS = [
    Fault.http(401, f"no such key: {KEY}"),
    Fault.http(403, f"{KEY} has run out of credits"),
    Fault.in_band(1004, f"bad {KEY}", trace_id=KEY),
]
ENCODED = [
    Fault.http(400, f"https://host/?key={quote(KEY, safe='')}"),
    Fault.http(400, f"Basic {base64.b64encode(KEY.encode()).decode()}"),
]


def render(project: Project, endpoint: str, faults: list[Fault], *more: str) -> None:
    """Render as many songs as there are faults, and look everywhere.

    Each upload needs a reference of its own; they differ in what follows the audio.
    """
    numbers = range(len(faults) if endpoint == "upload" else 1)
    lines = [f"  r{n}: {{file: r{n}.mp3, purpose: song}}" for n in numbers]
    songs = [
        f"  s{n}: {{reference: r{n if endpoint == 'upload' else 0}, lyrics: Line {n}.}}"
        for n in range(len(faults))
    ]
    head = ["version: 1", "engine: music-01", "references:", *lines, "songs:", *songs]
    project.write("specs/demo.yaml", "\n".join(head) + "\n")
    audio = tone("mp3", 16.0, 220.0, 32000, 64000)
    for n in numbers:
        project.write(f"specs/r{n}.mp3", audio + b"TAG%d" % n + bytes(124))
    with ContractServer(KEY) as server:
        project.environment |= server.environment
        for n, fault in enumerate(faults):
            where = f"Line {n}." if endpoint == "generate" else ""
            server.script(endpoint, [fault] * (9 if where else 1), containing=where)
        result = project.run("render", *FAST, *more)
        assert result.status in {0, 1, 5}, result
        assert_unknown(project, result)


@pytest.mark.parametrize("endpoint", ["upload", "generate"])
def test_an_echo_is_not_repeated(echoing: Project, endpoint: str) -> None:
    render(echoing, endpoint, ECHOES)
    for command in ("plan", "check", "verify"):
        assert_unknown(echoing, echoing.run(command))


def test_an_echo_is_not_repeated_as_json(echoing: Project) -> None:
    render(echoing, "generate", ECHOES, "--json")


@pytest.mark.parametrize("stop", STOPS, ids=["401", "403", "1004"])
def test_an_echo_that_ends_the_run_is_not_repeated(echoing: Project, stop: Fault) -> None:
    render(echoing, "generate", [stop])


PLACES: dict[str, Callable[[str], Fault]] = {
    "trace id of a success": lambda text: _success(trace_id=text),
    "long trace id": lambda text: _success(trace_id="x" * 120 + text),
    "header of a success": lambda text: _success(header=text),
    "request id": lambda text: Fault.raw(json.dumps({"requestId": text}).encode(), 503),
    "message": lambda text: Fault.http(400, f"see {text} there"),
    "message at its end": lambda text: Fault.http(400, "x " * 145 + text + " more"),
    "list of messages": lambda text: Fault.raw(
        json.dumps({"message": ["a", text], "detail": {"message": text}}).encode(), 422
    ),
    "status_msg": lambda text: Fault.in_band(2013, text, trace_id=text),
    "header of a failure": lambda text: Fault.raw(b"{}", 418, x_inference_id=text),
    "words of a success": lambda text: _success(
        base_resp={"status_code": text, "status_msg": text}, data={"status": text}
    ),
}
"""Where a service can put a text, whose request succeeds or fails."""
WRITTEN_DOWN = {"trace id of a success", "header of a success", "message", "status_msg"}


def _success(header: str = "", **fields: Any) -> Fault:
    """The right answer with other fields; of an upload or of a generation."""

    def wire(right: dict[str, Any]) -> Iterator[bytes]:
        data = {**right.get("data", {}), **fields.get("data", {})}
        body = json.dumps({**right, **fields, **({"data": data} if data else {})}).encode()
        # Not every text can stand in a header.
        name = "".join(c if c.isascii() and c.isprintable() else "?" for c in header)
        yield f"HTTP/1.1 200 OK\r\nx-inference-id: {name}\r\n".encode()
        yield b"Content-Length: %d\r\n\r\n" % len(body) + body

    if header:
        fields["trace_id"] = None
    return Fault.wired("echo", wire)


@pytest.mark.parametrize("endpoint", ["upload", "generate"])
@pytest.mark.parametrize("place", PLACES)
def test_no_encoding_of_it_is_repeated(echoing: Project, endpoint: str, place: str) -> None:
    ways = [way for way in written(KEY).values() if "header" not in place or way.isascii()]
    render(echoing, endpoint, [PLACES[place](way) for way in ways], "--no-measure")
    if endpoint == "generate" and place in WRITTEN_DOWN:
        ledger = (echoing.root / ".songbatch/ledger.jsonl").read_text("utf-8")
        assert ledger.count("[key]") >= len(ways)


@pytest.mark.parametrize("way", ["plain", "percent", "base64-bearer", "hex-alone"])
def test_ids_that_are_the_key_in_any_encoding_are_not_kept(echoing: Project, way: str) -> None:
    text = written(KEY)[way]
    ids = {"voice_id": f"v-{text}", "instrumental_id": "i", "trace_id": text}
    render(echoing, "upload", [Fault.json({**ids, "base_resp": {"status_code": 0}})])


@pytest.mark.parametrize("echo", ENCODED, ids=["percent-encoded", "base64"])
def test_an_encoded_echo_is_not_repeated(echoing: Project, echo: Fault) -> None:
    render(echoing, "generate", [echo])


def test_ids_that_are_the_key(echoing: Project) -> None:
    ids = {"voice_id": KEY, "instrumental_id": f"i-{KEY}", "trace_id": KEY}
    with ContractServer(KEY) as server:
        echoing.environment |= server.environment
        server.script("upload", [Fault.json({**ids, "base_resp": {"status_code": 0}})])
        result = echoing.run("render", *FAST)
        assert_unknown(echoing, result)


@pytest.mark.parametrize(
    "key",
    [
        f"{KEY}\n",
        f"{KEY}\r\nX-Other: 1",
        f"{KEY} 2",
        f"clé-{KEY}",
        f"{KEY}\udc80",
    ],
    ids=["newline", "header", "inner space", "letters", "bytes"],
)
def test_a_key_that_is_written_oddly(echoing: Project, key: str) -> None:
    with ContractServer(KEY) as server:
        echoing.environment |= server.environment | {"AIMLAPI_KEY": key}
        result = echoing.run("render", *FAST)
        assert result.status == (0 if key.strip() == KEY else 5), result
        assert_unknown(echoing, result)
        assert_unknown(echoing, result, key)


def test_the_command_line_does_not_show_it(echoing: Project) -> None:
    with ContractServer(KEY) as server:
        echoing.environment |= server.environment
        with server.holding():
            process = echoing.start("render", *FAST)
            server.wait_for_in_flight(1)
            shown = Path(f"/proc/{process.pid}/cmdline").read_bytes()
            files = [str(link.readlink()) for link in Path(f"/proc/{process.pid}/fd").iterdir()]
        process.communicate()
        assert not [form for form in forms(KEY) if form in shown or form in "".join(files).encode()]


def test_a_failure_of_the_disk_does_not_tell_it(echoing: Project) -> None:
    with ContractServer(KEY) as server:
        echoing.environment |= server.environment
        echoing.write(".songbatch/store", "a file where a folder should be")
        result = echoing.run("render", *FAST)
        assert result.status != 0, result
        assert_unknown(echoing, result)
