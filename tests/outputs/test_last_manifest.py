"""That a song was paid for is never lost from a manifest, whatever a run comes to."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from songbatch.engines.identities import MUSIC01
from songbatch.outputs import entries
from songbatch.outputs.last_manifest import LastManifest
from songbatch.records import Manifest
from songbatch.run.context import RunContext
from songbatch.run.engine_plans import recorded_entry
from songbatch.store.blobs import Blobs
from songbatch.store.ledger import Ledger
from songbatch.store.stock import Stock
from songbatch.workspace import Workspace
from tests.factories import entry, render

NAMES = st.sampled_from("abcd")
LYRICS = st.sampled_from(["la", "lo", "li"])
LAST = st.dictionaries(NAMES, st.tuples(LYRICS, st.sampled_from(["done", "failed", "held"])))
NOW = st.dictionaries(NAMES, st.tuples(LYRICS, st.sampled_from(["done", "failed", "held", None])))


def run_context(folder: Path) -> RunContext:
    workspace = Workspace(folder)
    blobs = Blobs(workspace.state)
    ledger = Ledger(workspace.state, lambda: "")
    return RunContext(workspace, blobs, ledger, lambda _event: None, Stock(blobs, ledger))


@given(LAST, NOW)
def test_no_done_entry_of_a_wanted_key_disappears(
    last: dict[str, tuple[str, str]], now: dict[str, tuple[str, str | None]]
) -> None:
    manifest = Manifest(
        "demo", MUSIC01, {}, tuple(entry(render(n, x), status=s) for n, (x, s) in last.items())
    )
    renders = [render(name, lyrics) for name, (lyrics, _) in now.items()]
    before = LastManifest(manifest, renders)
    there = []
    for one, (_, status) in zip(renders, now.values(), strict=True):
        found = entry(one) if status == "done" else None
        if status in {"failed", "held"}:
            found = entries.undone(one, str(status), "no", entries.AttemptCounts())
        there.append(recorded_entry(one, found, before, run_context(Path("/nowhere"))))
    paid = {one.key for one in there if one is not None and one.done}
    wanted = {
        one.key
        for one, (_, status) in zip(renders, now.values(), strict=True)
        if status is not None
    }
    assert paid >= wanted & {one.key for one in manifest if one.done}
    assert len({one.id for one in there if one is not None}) == len([one for one in there if one])


def test_a_manifest_with_nothing_to_keep_is_written_as_the_run_says() -> None:
    last = Manifest("demo", MUSIC01, {}, (entry(render("a", "la"), status="failed"),))
    one = render("a", "la")
    held = entries.undone(one, "held", "no", entries.AttemptCounts())
    nowhere = run_context(Path("/nowhere"))
    assert recorded_entry(one, held, LastManifest(last, [one]), nowhere) == held
