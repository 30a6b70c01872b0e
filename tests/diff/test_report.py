"""The report of a diff, from manifests alone: which are compared, and what it adds up to."""

from __future__ import annotations

import pytest

from songbatch.diagnostics import UsageError
from songbatch.diff.baseline import Baseline
from songbatch.diff.compare import PLANNED, Kind
from songbatch.diff.git import Commit
from songbatch.diff.report import engine_of, make_report, specs_to_compare, specs_to_plan
from songbatch.engines.catalog import Engines
from songbatch.engines.identities import MUSIC01, SKETCH
from songbatch.model import EngineSettings
from songbatch.outputs.entries import described
from songbatch.records import Manifest
from tests.outputs.making import done, manifest, render

COMMIT = Commit("HEAD", "f" * 40)
PLACE = ("demo", MUSIC01.name)
FIRST, SECOND = render("first"), render("second")
WAS = manifest(done(FIRST), done(SECOND))
EDITED = described(render("first", "lo"), PLANNED)


def baseline(*manifests: Manifest, file: str = "") -> Baseline:
    by_place = {(one.spec, one.engine.name): one for one in manifests}
    return Baseline(by_place, None if file else COMMIT, file)


def test_an_edited_song_is_one_to_render() -> None:
    report = make_report(
        baseline(WAS),
        {PLACE: manifest(EDITED, done(SECOND))},
        {"demo"},
        Engines(),
        is_recorded=False,
    )
    (comparison,) = report.comparisons
    assert [(one.id, one.kind) for one in comparison.differences] == [
        ("demo/first/1", Kind.CHANGED)
    ]
    assert (report.totals.to_render, report.totals.same) == (1, 1)
    assert report.title == f"{COMMIT} against specs as they are now"


def test_the_project_says_what_a_song_costs() -> None:
    settings = Engines({MUSIC01.name: EngineSettings(usd_per_render=2.5)})
    now = {PLACE: manifest(EDITED, done(SECOND))}
    report = make_report(baseline(WAS), now, {"demo"}, settings, is_recorded=False)
    assert report.totals.cost_usd == 2.5


def test_a_spec_that_is_new_or_gone_is_compared_with_nothing() -> None:
    other = render("second", "la la")
    old, new = manifest(done(FIRST), spec="old"), manifest(done(other), spec="new")
    now = {("new", MUSIC01.name): new}
    report = make_report(baseline(old), now, {"old", "new"}, Engines(), is_recorded=True)
    kinds = {one.spec: [d.kind for d in one.differences] for one in report.comparisons}
    assert kinds == {"new": [Kind.ADDED], "old": [Kind.REMOVED]}
    assert report.title.endswith("against manifests as they are now")
    only = make_report(baseline(old), now, {"new"}, Engines(), is_recorded=True)
    assert [one.spec for one in only.comparisons] == ["new"]


def test_a_file_is_compared_with_its_own_spec_and_engine_only() -> None:
    other = Manifest("demo", SKETCH, renders=(done(SECOND),))
    now = {PLACE: WAS, ("demo", SKETCH.name): other}
    whole = make_report(baseline(WAS), now, {"demo"}, Engines(), is_recorded=True)
    assert [one.engine.name for one in whole.comparisons] == [MUSIC01.name, SKETCH.name]
    file = make_report(baseline(WAS, file="old.json"), now, {"demo"}, Engines(), is_recorded=True)
    assert [one.engine.name for one in file.comparisons] == [MUSIC01.name]
    assert file.title == "old.json against manifests as they are now"


def test_which_specs_are_compared() -> None:
    then = baseline(WAS, manifest(spec="gone"))
    assert specs_to_compare((), ["demo", "new"], then) == {"demo", "gone", "new"}
    assert specs_to_compare(["specs/new.yaml", "gone"], ["new"], then) == {"gone", "new"}
    assert specs_to_compare((), ["new"], baseline(WAS, file="old.json")) == {"demo"}
    with pytest.raises(UsageError, match="'dmo', neither now nor at HEAD") as unknown:
        specs_to_compare(["dmo"], ["demo"], then)
    assert unknown.value.fix == 'did you mean "demo"?'


def test_which_specs_are_planned() -> None:
    assert specs_to_plan({"demo", "gone"}, ["another", "demo"]) == ["demo"]
    with pytest.raises(UsageError, match="no longer among the specs: gone, old") as none:
        specs_to_plan({"old", "gone"}, ["demo"])
    assert "--recorded" in none.value.fix


def test_only_a_file_names_the_engine() -> None:
    assert engine_of(baseline(WAS, file="old.json")) == MUSIC01.name
    assert engine_of(baseline(WAS)) is None
