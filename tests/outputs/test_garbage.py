"""What gc may drop: all that no manifest, no spec and no listener needs, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from songbatch.batch.inputs import render_inputs
from songbatch.batch.loading import Batch
from songbatch.engines.catalog import ENGINES
from songbatch.model import Purpose, Reference, Render, Track
from songbatch.outputs.earlier import EarlierTake
from songbatch.outputs.garbage import garbage, still_heard
from songbatch.records import Manifest, Receipt, ReferenceEntry
from songbatch.selects import Decide, Heard, Opinion, Selects
from songbatch.sources import Source, Span
from songbatch.store.blobs import Blob
from tests.outputs.making import RIVER, audio, done, manifest, render

SONG, OTHER = render("song"), render("other")
KEPT, LOOSE = Blob(audio(SONG), 10), Blob("d" * 64, 5)
SPAN = Span(Source("specs/demo.yaml", ""))


def wanting(of: Render) -> Batch:
    """Return the batch of a spec that lists the river and wants a render."""
    river = Reference("river", Purpose.SONG, SPAN, SPAN, file="specs/river.mp3")
    tracks = {"river": Track(RIVER.sha256, None, None)}
    return Batch(renders=(of,), references={"demo": {"river": river}}, tracks={"demo": tracks})


def receipt(of: str, sha256: str) -> Receipt:
    return Receipt(of, sha256, 10, None, "2026-01-01T00:00:00Z")


def test_without_anything_everything_is_garbage() -> None:
    assert garbage([KEPT, LOOSE], Batch(), [], {}, {}) == [KEPT, LOOSE]


def test_audio_that_a_manifest_names_stays() -> None:
    assert garbage([KEPT, LOOSE], Batch(), [manifest(done(OTHER), done(SONG))], {}, {}) == [LOOSE]


def test_a_reference_that_a_manifest_names_stays() -> None:
    listed = {"river": ReferenceEntry("https://…", Purpose.SONG, LOOSE.sha256, 5, None)}
    recorded = Manifest("gone", manifest().engine, references=listed)
    assert garbage([KEPT, LOOSE], Batch(), [recorded], {}, {}) == [KEPT]


@pytest.mark.parametrize("engine", ENGINES)
def test_audio_that_a_spec_wants_stays_whichever_engine_made_it(engine: str) -> None:
    receipts = {
        of.key: receipt(of.key, sha256)
        for of, sha256 in (
            (render("song", engine=engine), KEPT.sha256),
            (render("gone", "an older line"), LOOSE.sha256),
        )
    }
    assert garbage([KEPT, LOOSE], wanting(SONG), [], receipts, {}) == [LOOSE]


def test_audio_of_a_reference_stays_where_the_engine_of_the_spec_takes_none() -> None:
    plain = ENGINES["acestep"]
    plain = replace(plain, traits=replace(plain.traits, references={}))
    inputs = render_inputs(SONG.unresolved, RIVER, RIVER, plain)
    assert (inputs.voice, inputs.instrumental) == (None, None)
    now = Render(SONG.unresolved, inputs, SONG.output)
    receipts = {SONG.key: receipt(SONG.key, KEPT.sha256)}
    assert garbage([KEPT, LOOSE], wanting(now), [], receipts, {}) == [LOOSE]


def test_a_download_that_a_spec_lists_stays() -> None:
    river = Reference("river", Purpose.SONG, SPAN, SPAN, url="https://…", sha256=LOOSE.sha256)
    assert garbage([KEPT, LOOSE], Batch(references={"demo": {"river": river}}), [], {}, {}) == [
        KEPT
    ]


def test_what_listeners_chose_stays() -> None:
    heard = Heard("demo/gone/1", "music-01", LOOSE.sha256)
    batch = Batch(selects=Selects((Opinion("ann", heard, pick=True),)))
    assert garbage([KEPT, LOOSE], batch, [], {}, {}) == [KEPT]


def test_what_was_received_for_a_spec_that_nobody_can_read_stays() -> None:
    download = Blob("e" * 64, 7)
    receipts = {"k1": receipt("k1", KEPT.sha256), "k2": receipt("k2", LOOSE.sha256)}
    ids = {"k1": "demo/song/1", "k2": "other/song/1"}
    blobs = [KEPT, LOOSE, download]
    assert garbage(blobs, Batch(), [], receipts, ids) == blobs
    assert garbage(blobs, Batch(), [], receipts, ids, {"demo"}) == [LOOSE]
    assert garbage(blobs, Batch(), [], receipts, {}, {"demo"}) == []


def test_an_earlier_take_of_a_song_that_a_spec_has_stays_until_somebody_says_so() -> None:
    takes = [
        EarlierTake(name, "music-01", "k", digest, 7.0, "2026-01-01T00:00:00Z", 0.05)
        for name, digest in (("demo/song/1", KEPT.sha256), ("demo/gone/1", LOOSE.sha256))
    ]
    heard = still_heard(takes, wanting(SONG))
    assert heard == takes[:1]
    assert garbage([KEPT, LOOSE], wanting(SONG), [], {}, {}, earlier=heard) == [LOOSE]
    assert garbage([KEPT, LOOSE], wanting(SONG), [], {}, {}) == [KEPT, LOOSE]


@pytest.mark.parametrize("words", [{"rating": 2}, {"note": "too fast"}, {"pick": True}])
def test_what_one_of_several_listeners_said_something_of_stays(words: dict[str, Any]) -> None:
    opinion = Opinion("ann", Heard("demo/gone/1", "music-01", LOOSE.sha256), **words)
    other = Opinion("ben", Heard("demo/song/1", "music-01", KEPT.sha256), pick=True)
    batch = Batch(selects=Selects((opinion, other), Decide.ALL))
    assert garbage([KEPT, LOOSE], batch, [], {}, {}) == []
