"""`songbatch verify` of packages: nothing but the folder or the zip, whoever made it."""

from __future__ import annotations

import json
import shutil
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from support.kit import Project
from tests.handover.packages import make_package

WAV = "wav16/01 - Harbour 'Light' ✨.wav"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    top = tmp_path_factory.mktemp("package")
    make_package(top / "boats", top / "state")
    return top / "boats"


@pytest.fixture
def package(folder: Path, tmp_path: Path) -> Path:
    shutil.copytree(folder, tmp_path / "boats")
    return tmp_path / "boats"


def zipped(package: Path) -> Path:
    """Return the package as another program zips it."""
    target = package.with_suffix(".zip")
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(package.rglob("*")):
            archive.write(path, path.relative_to(package))
    return target


def verify(path: Path) -> tuple[int, list[str]]:
    """Return the exit code and the problems that are told."""
    result = Project(path.parent).run("verify", path.name)
    assert "Traceback" not in result.stderr, result
    return result.status, (result.stdout or result.stderr).splitlines()


def test_a_package_is_right_as_a_folder_and_as_a_zip(package: Path) -> None:
    for path in (package, zipped(package)):
        status, lines = verify(path)
        assert status == 0, lines
        assert len(lines) == 1
        assert lines[0].endswith("files: all as recorded.")
    (package / "wav16/.DS_Store").write_bytes(b"finder")
    assert verify(package)[0] == 0


def altered(package: Path) -> None:
    data = bytearray((package / WAV).read_bytes())
    data[5000] ^= 1
    (package / WAV).write_bytes(data)


def cut(package: Path) -> None:
    (package / WAV).write_bytes((package / WAV).read_bytes()[:-1])


def renamed(package: Path) -> None:
    (package / WAV).rename(package / "wav16/1.wav")


def swapped(package: Path) -> None:
    one, two = sorted((package / "mp3").iterdir())
    first, second = one.read_bytes(), two.read_bytes()
    one.write_bytes(second)
    two.write_bytes(first)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (altered, [f"{WAV}: altered: its sha256 is "]),
        (cut, [f"{WAV}: altered: it has "]),
        (renamed, [f"{WAV}: missing", "wav16/1.wav: added: the package does not list it"]),
        (swapped, ["mp3/01 ", "mp3/02 "]),
        (lambda p: (p / "SHA256SUMS").unlink(), ["SHA256SUMS: missing"]),
        (lambda p: (p / "extra.txt").write_text("hi"), ["extra.txt: added"]),
    ],
    ids=["altered", "cut", "renamed", "swapped", "sums", "added"],
)
def test_what_was_changed_is_named(
    package: Path, change: Callable[[Path], object], told: list[str]
) -> None:
    change(package)
    for path in (package, zipped(package)):
        status, lines = verify(path)
        assert status == 1
        assert len(lines) == len(told) + 1, lines
        for line, start in zip(lines, told, strict=False):
            assert line.startswith(start)


def test_a_record_that_does_not_fit_its_audio_is_told(package: Path) -> None:
    record = json.loads((package / "package.json").read_bytes())
    sounding = next(file for file in record["files"] if file["path"] == WAV)
    sounding["loudness_lufs"] -= 1
    record["tracks"][1]["start_seconds"] += 1
    (package / "package.json").write_text(json.dumps(record))
    status, lines = verify(package)
    assert status == 1
    assert lines[0] == "package.json: altered: it is not the one that SHA256SUMS lists"
    assert lines[1].startswith(f"{WAV}: its loudness is -")
    assert lines[2].startswith("package.json: track 2 begins at ")


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("../../etc/passwd", "its name leads out of the package"),
        ("/etc/passwd", "its name leads out of the package"),
        ("a\\b.txt", "its name leads out of the package"),
        ("C:/x.txt", "its name leads out of the package"),
        ("readme.TXT", "it is in the zip twice"),
        ("a\x1b[2J.txt", "its name has an invisible character"),
    ],
)
def test_names_that_lead_elsewhere_are_told_and_not_followed(
    package: Path, name: str, told: str
) -> None:
    target = zipped(package)
    with zipfile.ZipFile(target, "a") as archive:
        archive.writestr(zipfile.ZipInfo(name), b"x")
    status, lines = verify(target)
    assert status == 1
    assert any(line.endswith(told) for line in lines), lines
    assert "\x1b" not in "".join(lines)


def test_links_are_told_and_not_followed(package: Path) -> None:
    (package / "cover.png").unlink()
    (package / "cover.png").symlink_to("/etc/passwd")
    status, lines = verify(package)
    assert status == 1
    assert "cover.png: it is no plain file" in lines
    (package / "cover.png").unlink()
    target = zipped(package)
    with zipfile.ZipFile(target, "a") as archive:
        info = zipfile.ZipInfo("cover.png")
        info.create_system, info.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
        archive.writestr(info, "/etc/passwd")
    assert "cover.png: it is no plain file" in verify(target)[1]


def test_a_zip_that_unpacks_to_much_more_is_refused_unread(tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.zip"
    with (
        zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("package.json", "w") as file,
    ):
        for _ in range(100):
            file.write(bytes(2**20))
    status, lines = verify(bomb)
    assert status == 2
    assert "would unpack to 104,857,600 bytes" in lines[0]


def test_sizes_that_lie_read_no_more_than_they_say(package: Path) -> None:
    """A zip whose list says the right size of what unpacks to more."""
    target = package.with_suffix(".zip")
    inner = (package / WAV).read_bytes()
    packed = zlib.compress(inner + bytes(5 * 2**20), wbits=-15)
    with zipfile.ZipFile(target, "w") as archive:
        for path in sorted(package.rglob("*")):
            if path.is_file() and path.name not in WAV:
                archive.write(path, path.relative_to(package))
        info = zipfile.ZipInfo(WAV)
        archive.writestr(info, packed)
        info.compress_type, info.file_size, info.CRC = 8, len(inner), zlib.crc32(inner)
    data = target.read_bytes()
    at = data.index(WAV.encode()) - 30
    head = bytearray(data)
    head[at + 8 : at + 10] = struct.pack("<H", 8)
    target.write_bytes(head)
    status, lines = verify(target)
    assert status in {0, 1}, lines


@pytest.mark.parametrize("data", [b"", b"PK\x05\x06" + bytes(18), b"no zip at all" * 100])
def test_what_is_no_package_is_refused_in_a_sentence(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "odd.zip").write_bytes(data)
    status, lines = verify(tmp_path / "odd.zip")
    assert status == 2
    assert lines[0].startswith("error: ")


@pytest.mark.parametrize("text", ["{", "[]", '{"package": 1}', '{"package": 99}', "[" * 9999])
def test_a_record_that_is_none_is_refused(package: Path, text: str) -> None:
    (package / "package.json").write_text(text)
    assert verify(package)[0] == 2


def test_a_zip_whose_end_is_missing_is_refused(package: Path) -> None:
    target = zipped(package)
    target.write_bytes(target.read_bytes()[:-200])
    status, lines = verify(target)
    assert status == 2
    assert "get it again" in lines[1]


def test_programs_get_json(package: Path) -> None:
    altered(package)
    result = Project(package.parent).run("verify", "boats", "--json")
    (told,) = result.events
    assert told["package"] == "boats"
    assert [one["path"] for one in told["problems"]] == [WAV]
