"""`runners.yaml`: read as it is written, or told where it is wrong."""

from __future__ import annotations

import pytest

from songbatch.documents.runners import ClusterRunner, load_runners
from songbatch.sources import Source

EXAMPLE = """\
version: 1
runners:
  studio: {dask: "sched.studio:8786"}
  hall:   {slurm: {queue: gpu, cores: 8, memory: 16GB, walltime: "02:00:00"}, workers: 20, slots: 8}
  kube:   {kubernetes: {image: "registry/songbatch:1.2"}, workers: {min: 0, max: 40}, slots: 4}
  racks:  {ssh: [gpu1, gpu2, gpu3], slots: 2}
"""


def test_each_kind_is_read_as_it_is_written() -> None:
    runners, diagnostics = load_runners(Source("runners.yaml", EXAMPLE))
    assert diagnostics == []
    slurm = {"queue": "gpu", "cores": 8, "memory": "16GB", "walltime": "02:00:00"}
    assert runners == {
        "studio": ClusterRunner("studio", "dask", "sched.studio:8786"),
        "hall": ClusterRunner("hall", "slurm", slurm, 20, 20, 8),
        "kube": ClusterRunner("kube", "kubernetes", {"image": "registry/songbatch:1.2"}, 0, 40, 4),
        "racks": ClusterRunner("racks", "ssh", ["gpu1", "gpu2", "gpu3"], slots=2),
    }


@pytest.mark.parametrize(
    "runner",
    [
        "{}",
        "{dask: 'a:1', ssh: [b]}",
        "{dask: 'no port'}",
        "{ssh: []}",
        "{slurm: {cores: 1}, workers: 0}",
        "{slurm: {cores: 1}, workers: {min: 2}}",
        "{slurm: {cores: 1}, slots: many}",
        "{slurm: {cores: 1}, slot: 1}",
        "{aws: {}}",
    ],
)
def test_what_is_no_runner_is_told_with_its_place(runner: str) -> None:
    text = f"version: 1\nrunners:\n  odd: {runner}\n"
    runners, diagnostics = load_runners(Source("runners.yaml", text))
    assert runners == {}
    assert diagnostics
    assert {diagnostic.span.line for diagnostic in diagnostics} <= {3}
