"""Shared stores that a stranger has written to: they can withhold songs, and nothing else.

A clone of the project, with the store as it was left, must not send a request that the true store
had made needless, take other audio for a song, touch anything outside, or end in a bug.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from support.contract.server import ContractServer
from support.forking import Limits
from support.kit import Result
from support.object_store import hostile
from support.object_store.contents import Contents, everything, matching, put_back
from support.object_store.folder import FolderStore
from support.object_store.store import ObjectStore
from support.object_store.troubles import Trouble
from tests.hostile.limited import Stranger, is_harmless
from tests.reliability.teams import RENDER, Team, done, heard, running

pytest.importorskip("obstore", reason="needs songbatch[store]")

SONGS = 3
LIMITS = Limits(memory_bytes=4_000_000_000, file_bytes=2**29)
"""A store is asked by many threads at once, which reserve many addresses."""
SECRET = b"what stands outside the store: c0ffee-2f9e1b77"
COMMANDS = (("render", "--yes"), ("pull",), ("plan",), ("push",), ("store",), ("gc", "--shared"))


class Filled:
    """The stores of a rendered project, as its author left them, and what the service has made."""

    def __init__(self, home: Path, server: ContractServer) -> None:
        self.store = FolderStore(home / "store")
        self.team = Team(home / "team", server, self.store, songs=SONGS)
        self.author = self.team.member("author")
        result = self.author.run(*RENDER)
        assert result.status == 0, result
        self.contents = everything(self.store)
        self.key = matching(self.store, "songs/*/answer")[0].split("/")[2]
        self._clones = 0

    def clone(self, store: Contents, *, with_manifest: bool = False) -> Stranger:
        """Return a fresh clone that shares by another store."""
        self._clones += 1
        project = self.team.member(f"clone-{self._clones}/project")
        project.environment |= store.environment
        project.environment |= {"SONGBATCH_STORE": store.address, "SONGBATCH_LEASE": "6"}
        project.environment["SONGBATCH_WHO"] = "clone"
        if with_manifest:
            name = "outputs/demo/music-01/manifest.json"
            project.write(name, (self.author.root / name).read_bytes())
        return Stranger(project, LIMITS)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Filled]:
    with ContractServer() as server:
        server.audio_seconds = 1.2
        yield Filled(tmp_path_factory.mktemp("filled"), server)


@pytest.fixture
def folder(filled: Filled, tmp_path: Path) -> FolderStore:
    store = FolderStore(tmp_path / "store")
    put_back(store, filled.contents)
    return store


def is_withheld(filled: Filled, clone: Stranger, *commands: tuple[str, ...]) -> list[Result]:
    """Run commands in a clone; check that they do no harm, and send nothing."""
    asked = len(filled.team.server.generations), len(filled.team.server.uploads)
    ended = []
    for command in commands or COMMANDS[:3]:
        result = clone.run(*command)
        assert result.status in {0, 1, 2, 3, 5}, (command, result)
        assert not result.status or result.stdout + result.stderr, command
        ended.append(result)
    assert list(filled.team.strange_songs(clone.project, may_lack_audio=True)) == []
    assert (len(filled.team.server.generations), len(filled.team.server.uploads)) == asked
    return ended


FILLS: dict[str, Callable[[Contents], object]] = {
    "answers of other songs": hostile.exchanged_answers,
    "blobs with other bytes": hostile.exchanged_blobs,
    "blobs cut in half": hostile.truncated_blobs,
    "text for audio": hostile.answers_with_text_for_audio,
    "notes that shout": hostile.shouting_notes,
    "notes without end": hostile.notes_of(b'{"' + b"[" * 20_000_000),
    "notes of zeros": hostile.notes_of(bytes(1000)),
    "notes that nest": hostile.notes_of(b'{"audio_sha256":' * 5000 + b"1" + b"}" * 5000),
    "empty notes": hostile.notes_of(b""),
    "notes that are lists": hostile.notes_of(b"[]"),
    "notes that are null": hostile.notes_of(b"null"),
    "digests that are paths": lambda s: hostile.altered(
        s, "songs/*/answer", audio_sha256="../../../../etc/passwd"
    ),
    "digests of another length": lambda s: hostile.altered(
        s, "songs/*/answer", audio_sha256="ab" * 31
    ),
    "huge numbers": lambda s: hostile.altered(
        s, "songs/*/answer", attempts=10**40, unknown_outcomes=10**40, bytes=10**40, size=10**40
    ),
    "negative numbers": lambda s: hostile.altered(
        s, "songs/*/answer", attempts=-1, unknown_outcomes=-1, cost_usd=-1e9, bytes=-1, size=-1
    ),
    "costs that are no numbers": lambda s: hostile.altered(s, "songs/*/answer", cost_usd="NaN"),
    "costs beyond all numbers": lambda s: replaced_numbers(s, "cost_usd", b"1e999"),
    "no digest": lambda s: hostile.altered(s, "songs/*/answer", audio_sha256=None),
    "answers of other keys": lambda s: hostile.altered(s, "songs/*/answer", key="ab" * 32),
}
TRIED = (
    "answers of other songs",
    "blobs with other bytes",
    "text for audio",
    "notes that shout",
    "notes without end",
    "digests that are paths",
    "huge numbers",
)
IN_BUCKETS = ("notes without end",)


def replaced_numbers(contents: Contents, field: str, text: bytes) -> None:
    """Put a text in place of a field's value in every answer."""
    for name in matching(contents, "songs/*/answer"):
        found = json.loads(contents.read(name))
        found[field] = "@"
        contents.write(name, json.dumps(found).encode().replace(b'"@"', text))


@pytest.mark.parametrize("name", FILLS)
def test_what_lies_or_shouts_is_withheld(
    filled: Filled, folder: FolderStore, whole_tables: bool, name: str
) -> None:
    if not whole_tables and name not in TRIED:
        pytest.skip("tried with --whole-tables")
    FILLS[name](folder)
    clone = filled.clone(folder)
    rendered, pulled, planned = is_withheld(filled, clone)
    assert rendered.status in {3, 5}, rendered
    assert pulled.status in {1, 3, 5}, pulled
    assert planned.status in {0, 5}, planned
    assert done(clone.project) == []


@pytest.mark.parametrize("name", IN_BUCKETS)
def test_the_same_in_a_bucket(filled: Filled, object_store: ObjectStore, name: str) -> None:
    put_back(object_store, filled.contents)
    FILLS[name](object_store)
    rendered, *_ = is_withheld(filled, filled.clone(object_store))
    assert rendered.status in {3, 5}, rendered


def test_a_song_that_the_manifest_knows_is_not_exchanged(
    filled: Filled, folder: FolderStore
) -> None:
    """Whoever may write can give a song other audio: not to who has the manifest."""
    names = matching(folder, "songs/*/answer")
    other = json.loads(folder.read(names[0]))["audio_sha256"]
    for name in names[1:]:
        found = json.loads(folder.read(name))
        hostile.altered(folder, name, audio_sha256=other)
        assert found["audio_sha256"] != other
    clone = filled.clone(folder, with_manifest=True)
    manifest = clone.project.manifest("demo")
    rendered, *_ = is_withheld(filled, clone)
    assert rendered.status == 3, rendered
    now = {e["id"]: e["audio_sha256"] for e in clone.project.manifest("demo")["renders"]}
    assert now == {e["id"]: e["audio_sha256"] for e in manifest["renders"]}


def test_an_exchanged_song_does_not_replace_what_is_here(
    filled: Filled, folder: FolderStore
) -> None:
    clone = filled.clone(folder)
    assert clone.run("render", "--frozen").status == 0
    before = clone.project.files("outputs")
    hostile.exchanged_blobs(folder)
    hostile.exchanged_answers(folder)
    results = is_withheld(filled, clone, *COMMANDS)
    assert results[0].status == 0
    assert clone.project.files("outputs") == before


def test_names_of_no_layout_are_left_alone(filled: Filled, folder: FolderStore) -> None:
    hostile.odd_names(folder)
    clone = filled.clone(folder)
    before = everything(folder)
    results = is_withheld(filled, clone, *COMMANDS)
    assert results[0].status == results[1].status == 0, results
    assert (
        everything(folder).items()
        >= {n: c for n, c in before.items() if not n.startswith(("beats/", "probe/"))}.items()
    )


def test_names_of_no_layout_in_a_bucket(filled: Filled, object_store: ObjectStore) -> None:
    put_back(object_store, filled.contents)
    hostile.odd_names(object_store)
    results = is_withheld(filled, filled.clone(object_store), *COMMANDS)
    assert results[0].status == results[1].status == 0, results


def test_a_key_with_a_thousand_claims(filled: Filled, folder: FolderStore) -> None:
    hostile.many_names(folder, filled.key, 3000)
    is_withheld(filled, filled.clone(folder), *COMMANDS)


def test_claims_without_an_answer_hold_a_song(filled: Filled, folder: FolderStore) -> None:
    """Claims of dead runs that nobody can collect: as if each had been paid."""
    for name in matching(folder, "songs/*/answer"):
        folder.remove(name)
    for name in matching(folder, "songs/*"):
        folder.age(name, 7200.0)
    rendered, *_ = is_withheld(filled, filled.clone(folder))
    assert rendered.status == 3, rendered


def test_a_huge_object_is_not_read(filled: Filled, folder: FolderStore, tmp_path: Path) -> None:
    for name in (*matching(folder, "songs/*/answer"), *matching(folder, "blobs/*"))[::2]:
        hostile.plant(folder, name, hostile.huge_file, tmp_path / "out")
    is_withheld(filled, filled.clone(folder), *COMMANDS[:4])


@pytest.mark.parametrize("name", ["songs/*/answer", "blobs/*"])
def test_an_answer_without_end_is_left(
    filled: Filled, object_store: ObjectStore, name: str
) -> None:
    put_back(object_store, filled.contents)
    object_store.trouble(Trouble.without_end(), "GET", name)
    rendered, *_ = is_withheld(filled, filled.clone(object_store))
    assert rendered.status in {3, 5}, rendered


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<a>" * 100_000,
        hostile.SHOUT.encode(),
    ],
    ids=["nothing", "nested", "shouting"],
)
def test_answers_that_are_none_of_the_protocol(
    filled: Filled, object_store: ObjectStore, body: bytes
) -> None:
    put_back(object_store, filled.contents)
    object_store.trouble(Trouble.raw(body, content_type="application/xml"))
    rendered, *_ = is_withheld(filled, filled.clone(object_store))
    assert rendered.status in {3, 5}, rendered


def test_names_in_listings_that_lead_elsewhere(filled: Filled, object_store: ObjectStore) -> None:
    put_back(object_store, filled.contents)
    entry = (
        "<Contents><Key>{}</Key><LastModified>2026-11-28T00:00:00.000Z</LastModified>"
        "<ETag>&quot;0&quot;</ETag><Size>{}</Size><StorageClass>STANDARD</StorageClass></Contents>"
    )
    keys = (
        f"songs/{filled.key[:2]}/{filled.key}/answer",
        "team/../../../../etc/passwd",
        f"team/songs/{filled.key[:2]}/../{filled.key[:2]}/{filled.key}/answer",
        f"team/songs/{filled.key[:2]}/{filled.key}/&#x1b;[31m1.claim",
        f"team/songs/{filled.key[:2]}/{filled.key}/answer/x",
    )
    entries = "".join(entry.format(key, 2**62) for key in keys)
    listing = f"<ListBucketResult><IsTruncated>false</IsTruncated>{entries}</ListBucketResult>"
    object_store.trouble(Trouble.raw(listing.encode(), content_type="application/xml"), "LIST")
    is_withheld(filled, filled.clone(object_store))


def test_a_redirect_is_not_followed_with_credentials(
    filled: Filled, object_store: ObjectStore
) -> None:
    put_back(object_store, filled.contents)
    with ObjectStore() as elsewhere:
        for status in (301, 307):
            with object_store.trouble(Trouble.redirect(status, f"{elsewhere.url}/x/y")):
                is_withheld(filled, filled.clone(object_store), ("render", "--yes"))
        assert elsewhere.books.count() == 0


PLACES = ("songbatch-store", "ANSWER", "KEY", "BLOB", "beats", "probe", "songs", "blobs", "uploads")


@pytest.mark.parametrize("thing", hostile.THINGS, ids=lambda thing: thing.__name__)
@pytest.mark.parametrize("place", PLACES)
def test_things_in_a_folder_do_no_harm(
    filled: Filled,
    folder: FolderStore,
    tmp_path: Path,
    whole_tables: bool,
    thing: hostile.Thing,
    place: str,
) -> None:
    if not whole_tables and (PLACES.index(place) + hostile.THINGS.index(thing)) % 9:
        pytest.skip("without --whole-tables, some are tried")
    if thing is hostile.folder and place in {"KEY", "songs"}:
        pytest.skip("a song whose answer is gone is rightly asked for")
    outside = tmp_path / "outside/secret"
    outside.parent.mkdir()
    outside.write_bytes(SECRET)
    song = f"songs/{filled.key[:2]}/{filled.key}"
    blob = matching(folder, "blobs/*")[0]
    name = {"KEY": song, "ANSWER": f"{song}/answer", "BLOB": blob}.get(place, place)
    hostile.plant(folder, name, thing, outside)
    before = lying_around(tmp_path)
    clone = filled.clone(folder)
    for result in is_withheld(filled, clone, *COMMANDS, ("gc", "--shared", "--yes")):
        assert SECRET.decode() not in result.stdout + result.stderr
    assert lying_around(tmp_path) == before
    for path in clone.project.root.rglob("*"):
        if path.is_file() and not path.is_symlink():
            assert SECRET not in path.read_bytes(), path


def lying_around(top: Path) -> dict[str, bytes]:
    """Return what lies beside a store, but for what stood in it before."""
    return {
        str(path): path.read_bytes() if path.is_file() else b""
        for path in sorted((top / "outside").rglob("*"))
        if "was" not in path.parts
    }


@pytest.mark.parametrize("lasts", [60.0, 1e300])
def test_who_is_always_at_work_is_not_waited_for_in_silence(
    filled: Filled, folder: FolderStore, lasts: float
) -> None:
    """A claim of somebody whose sign of life is always fresh: his song can be left to him."""
    who = "stranger@far-1-0123456789abcdef"
    for name in matching(folder, "songs/*/answer")[:1]:
        folder.remove(name)
        hostile.altered(folder, name.replace("answer", "1.claim"), who=who, lasts=lasts)
    folder.write(f"beats/{who}", b'{"lease":120.0}')
    clone = filled.clone(folder)
    with running(clone.project, "render", "--yes") as process:
        said = heard(process, "stranger" if lasts == 60.0 else "Done")
        process.terminate()
        stdout, stderr = process.communicate(timeout=60)
    is_harmless(Result(process.returncode, said + stdout, stderr))
    assert process.returncode in {3, 130}
    assert len(done(clone.project)) == SONGS - 1


def test_a_store_in_the_project_file_gets_no_credentials(
    filled: Filled, object_store: ObjectStore, tmp_path: Path
) -> None:
    """A cloned project that names a store, an endpoint and whatever else it may think of."""
    clone = filled.clone(object_store)
    del clone.project.environment["SONGBATCH_STORE"]
    for address in (
        object_store.address,
        f"s3://{object_store.bucket}/a?endpoint={object_store.url}",
        f"s3://key:secret@{object_store.bucket}/a",
        f"{object_store.url}/a",
        "file:///tmp/../etc",
        f"file://{tmp_path}/store",
        "file://store",
        "s3://a/../b",
        "s3://a/\x1b[31m",
        "memory://",
    ):
        text = json.dumps(address)
        clone.project.write("songbatch.yaml", f"version: 1\nstore: {text}\n")
        for command in (("render", "--yes"), ("pull",), ("store",)):
            result = clone.run(*command)
            assert result.status in {2, 3}, (address, result)
    clone.project.write(
        "songbatch.yaml", f"version: 1\nstore: {{url: '{object_store.url}', bucket: x}}\n"
    )
    assert clone.run("render", "--yes").status == 2
    assert object_store.books.count() == object_store.books.strangers == 0
    assert not (tmp_path / "store").exists()
    assert done(clone.project) == []


def test_nothing_in_a_project_folder_names_an_endpoint(
    filled: Filled, object_store: ObjectStore
) -> None:
    """Files that other clients would read, in the folder of a stranger's project."""
    clone = filled.clone(object_store)
    endpoint = clone.project.environment.pop("AWS_ENDPOINT_URL")
    dotted = f"AWS_ENDPOINT_URL={endpoint}\nAWS_ENDPOINT={endpoint}\n"
    clone.project.write(".env", dotted).write(".aws/config", f"[default]\nendpoint_url={endpoint}")
    clone.project.environment["AWS_ENDPOINT_URL"] = "http://127.0.0.1:9"
    assert clone.run("pull").status == 5
    assert object_store.books.count() == object_store.books.strangers == 0
