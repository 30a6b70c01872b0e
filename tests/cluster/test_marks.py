"""Marks: whoever is first to begin an order, and nobody after a run has given it up."""

from __future__ import annotations

from types import SimpleNamespace

from songbatch.cluster.marks import Marks


def marks() -> Marks:
    made = Marks()
    made._scheduler = SimpleNamespace(workers={})
    made.open("run", "client")
    return made


def test_the_first_one_stays_the_first() -> None:
    known = marks()
    assert [known.begin("run", 0, by) for by in ("a", "b", "a")] == ["a", "a", "a"]
    assert known.begin("run", 1, "b") == "b"


def test_nobody_begins_an_order_of_a_run_that_is_not_known() -> None:
    known = marks()
    assert known.begin("another", 0, "a") is None
    known.begin("run", 0, "a")
    known.remove_client(None, "client")
    assert known.begin("run", 0, "b") is None


def test_what_is_over_is_forgotten_and_begun_by_nobody() -> None:
    known = marks()
    for number in range(5):
        known.begin("run", number, "a")
    assert known.look("run", 3)["is_known"]
    assert known._begun["run"] == {3: "a", 4: "a"}
    # Not even by a worker that was stopped before it had begun, and comes back.
    assert known.begin("run", 2, "b") is None
    assert known.begin("run", 3, "b") == "a"


def test_runs_do_not_know_each_others_orders() -> None:
    known = marks()
    known.open("second", "client 2")
    assert known.begin("run", 0, "a") == "a"
    assert known.begin("second", 0, "b") == "b"
    known.remove_client(None, "client 2")
    assert known.begin("run", 0, "c") == "a"
