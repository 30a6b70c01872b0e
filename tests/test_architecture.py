"""The rooms and who may enter: imports go downward, foreign libraries stay in their rooms."""

from __future__ import annotations

import ast
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

FLOORS = (
    {
        "songbatch.conflicts",
        "songbatch.digest",
        "songbatch.engines.request_id",
        "songbatch.engines.strict_json",
        "songbatch.formatting",
        "songbatch.http",
        "songbatch.languages",
        "songbatch.layout",
        "songbatch.limits",
        "songbatch.selects",
        "songbatch.sources",
        "songbatch.exit_codes",
    },
    {"songbatch.diagnostics"},
    {"songbatch.extras", "songbatch.sharing.address", "songbatch.shell"},
    {
        "songbatch.files",
        "songbatch.measures",
        "songbatch.model",
    },
    {"songbatch.album", "songbatch.prices", "songbatch.traits"},
    {
        "songbatch.audio",
        "songbatch.documents",
        "songbatch.engines.base",
        "songbatch.engines.health",
        "songbatch.engines.identities",
        "songbatch.engines.outline",
        "songbatch.fetch",
        "songbatch.lyrics",
        "songbatch.records",
    },
    {"songbatch.engines.permission", "songbatch.sharing"},
    {
        "songbatch.engines.entry",
        "songbatch.engines.orders",
        "songbatch.engines.reference_files",
        "songbatch.engines.rest",
    },
    {
        "songbatch.engines.acestep",
        "songbatch.engines.guarded",
        "songbatch.engines.job_service",
        "songbatch.engines.music01",
        "songbatch.engines.plugin",
        "songbatch.engines.sketch",
        "songbatch.plan",
        "songbatch.serve",
        "songbatch.spec",
        "songbatch.store",
    },
    {
        "songbatch.conformance",
        "songbatch.engines.installed",
        "songbatch.incremental",
        "songbatch.spec_files",
    },
    {"songbatch.engines.catalog", "songbatch.workspace"},
    {"songbatch.batch", "songbatch.cluster", "songbatch.diff.git_complaints"},
    {"songbatch.diff.git", "songbatch.outputs"},
    {"songbatch.diff", "songbatch.mastering", "songbatch.run"},
    {"songbatch.handover", "songbatch.picture", "songbatch.report"},
    {"songbatch.api", "songbatch.cli"},
    {"songbatch.__main__"},
)
"""A room may import what lies on a lower floor, and itself."""

OWNERS = {
    "anyascii": {"songbatch.lyrics.slugs"},
    "c2pa": {"songbatch.handover.content_credentials"},
    "certifi": {"songbatch.fetch"},
    "click": {"songbatch.cli"},
    "cloudpickle": {"songbatch.cluster"},
    "dask": {"songbatch.cli.worker", "songbatch.cluster"},
    "dask_jobqueue": {"songbatch.cluster"},
    "dask_kubernetes": {"songbatch.cluster"},
    "distributed": {"songbatch.cluster"},
    "filelock": {"songbatch.store.lock"},
    "h11": {"songbatch.serve"},
    "jinja2": {"songbatch.lyrics"},
    "jsonschema": {"songbatch.documents"},
    "jsonschema_rs": {"songbatch.documents"},
    "lameenc": {"songbatch.audio.encode"},
    "langcodes": {"songbatch.languages"},
    "miniaudio": {"songbatch.audio.decode", "songbatch.engines.sketch"},
    "msgspec": {"songbatch"},
    "numpy": {
        "songbatch.audio.contents",
        "songbatch.audio.encode",
        "songbatch.audio.exact",
        "songbatch.audio.joining",
        "songbatch.audio.levels",
        "songbatch.audio.library",
        "songbatch.audio.loudness",
        "songbatch.audio.measure",
        "songbatch.audio.resample",
        "songbatch.audio.stereo",
        "songbatch.audio.waveform",
        "songbatch.engines.sketch",
        "songbatch.mastering",
    },
    "obstore": {"songbatch.sharing.buckets"},
    "requests": {"songbatch.engines.music01", "songbatch.engines.rest"},
    "rich": {"songbatch.cli.views.progress"},
    "soundfile": {"songbatch.audio.library", "songbatch.mastering"},
    "starlette": {"songbatch.serve"},
    "urllib3": {"songbatch.engines.music01", "songbatch.engines.rest"},
    "uvicorn": {"songbatch.serve"},
    "yaml": {"songbatch.documents"},
}
"""The rooms that may import a foreign library."""

TOP = {
    "__init__", "__main__",
    "album", "model", "records", "measures", "selects", "prices",
    "conflicts", "diagnostics", "sources",
    "digest", "exit_codes", "extras", "limits", "formatting", "languages", "layout", "shell",
    "traits",
    "workspace", "spec_files", "api",
}  # fmt: skip
"""The modules at the top: types that travel, text files, small helpers, the user's files."""

QUESTIONS = {"How", "What", "When", "Where", "Which", "Who", "Whom", "Whose", "Why"}


def modules() -> dict[str, Path]:
    found = {}
    for path in (ROOT / "pipeline" / "songbatch").rglob("*.py"):
        parts = path.relative_to(ROOT / "pipeline").with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


MODULES = modules()


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                yield whole if whole in MODULES else str(node.module)


def room(module: str) -> str | None:
    """Return the room a module lies in: the longest name on any floor that it starts with."""
    rooms = [r for floor in FLOORS for r in floor if f"{module}.".startswith(f"{r}.")]
    return max(rooms, key=len, default=None)


def floor(wanted: str) -> int:
    return next(number for number, rooms in enumerate(FLOORS) if wanted in rooms)


def test_the_top_holds_only_what_every_room_needs() -> None:
    top = ROOT / "pipeline" / "songbatch"
    assert {path.stem for path in top.glob("*.py")} == TOP


def docstring(path: Path) -> str:
    return ast.get_docstring(ast.parse(path.read_text("utf-8"))) or ""


@pytest.mark.parametrize("module", sorted(m for m, p in MODULES.items() if p.stem == "__init__"))
def test_a_room_says_what_it_is_for(module: str) -> None:
    assert docstring(MODULES[module])


def bullets(module: str) -> str:
    """Return the bullets of a docstring, their continued lines included."""
    return "\n".join(re.findall(r"^- .*(?:\n  .*)*", docstring(MODULES[module]), re.MULTILINE))


LISTING = sorted(m for m, path in MODULES.items() if path.stem == "__init__" and bullets(m))
"""The rooms that list their modules."""


@pytest.mark.parametrize("module", LISTING)
def test_a_list_of_modules_has_all_of_a_room_and_no_other(module: str) -> None:
    folder = MODULES[module].parent
    modules = {path.stem for path in folder.glob("[!_]*.py")}
    rooms = {path.parent.name for path in folder.glob("*/__init__.py")}
    listed = re.findall(r"`(\w+)/?`", bullets(module))
    assert sorted(listed) == sorted(modules | rooms)


def test_a_docstring_names_its_module() -> None:
    asking = {m for m, path in MODULES.items() if docstring(path).split()[0] in QUESTIONS}
    assert not asking


def test_a_class_name_stands_in_one_module() -> None:
    places = defaultdict[str, set[str]](set)
    for module, path in MODULES.items():
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ClassDef):
                places[node.name.lstrip("_")].add(module)
    shared = {name: sorted(found) for name, found in places.items() if len(found) > 1}
    assert not shared


@pytest.mark.parametrize("module", sorted(MODULES))
def test_imports_go_downward(module: str) -> None:
    here = room(module)
    if here is None:
        assert module in {"songbatch", "songbatch.engines"}
        return
    for name in imports(MODULES[module]):
        there = room(name)
        if there is not None and there != here:
            assert floor(there) < floor(here), f"{module} imports {name}"


@pytest.mark.parametrize(
    ("folder", "closed"),
    [("bench", {"tests"}), ("tests", {"bench"}), ("support", {"bench", "tests"})],
)
def test_benchmarks_and_tests_share_only_their_support(folder: str, closed: set[str]) -> None:
    for path in (ROOT / folder).rglob("*.py"):
        for name in imports(path):
            assert name.partition(".")[0] not in closed, f"{path.name} imports {name}"


OF_ALL_ROOMS = {"earlier", "hostile", "reliability", "support"}
"""Folders of tests of the whole program, and of what tests are made with."""


def test_tests_stand_in_folders_named_after_rooms() -> None:
    tests = ROOT / "tests"
    folders = {path.parent.relative_to(tests) for path in tests.rglob("test_*.py")}
    for folder in folders - {Path()}:
        if folder.parts[0] not in OF_ALL_ROOMS:
            assert ".".join(("songbatch", *folder.parts)) in MODULES, folder


def test_there_is_no_cycle() -> None:
    graph = {m: {n for n in imports(path) if n in MODULES} for m, path in MODULES.items()}
    graph["songbatch"] = set()  # its API is loaded when it is used
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(f"import cycle: {' -> '.join(error.args[1])}")


@pytest.mark.parametrize("module", sorted(MODULES))
def test_foreign_libraries_stay_in_their_rooms(module: str) -> None:
    for name in imports(MODULES[module]):
        top = name.partition(".")[0]
        if top in sys.stdlib_module_names or top == "songbatch":
            continue
        owners = OWNERS.get(top, set())
        assert any(f"{module}.".startswith(f"{o}.") for o in owners), f"{module} imports {name}"


ON_PATHS = {
    "exists", "glob", "is_dir", "is_file", "iterdir", "mkdir", "read_bytes", "read_text",
    "readlink", "rglob", "rmdir", "symlink_to", "touch", "unlink", "write_bytes", "write_text",
}  # fmt: skip
"""Methods of paths that reach files. Those of the workspace and of trees are another thing."""
IN_MODULES = {
    "isdir", "isfile", "islink", "lexists", "link", "listdir", "lstat", "makedirs", "open",
    "remove", "rename", "replace", "rmtree", "scandir", "stat", "symlink", "truncate", "walk",
}  # fmt: skip
"""Functions of os, os.path, io and shutil that do."""
FILE_OWNERS = {module for module in MODULES if f"{module}.".startswith("songbatch.files.")}
"""The modules that may reach files by their paths. The others say below for what, and why."""

BY_PATH = {
    "songbatch.__main__": ["open"],  # the null device
    "songbatch.cli.init": ["is_file", "mkdir"],  # DIR
    "songbatch.cli.serve": ["mkdir"],  # --state
    "songbatch.cli.starter_files": ["is_dir", "iterdir", "read_bytes"],  # our own package
    "songbatch.cli.outlet": ["open"],  # the null device
    "songbatch.cluster.workplace": ["makedirs", "readlink"],  # --dir; this machine's network
    "songbatch.engines.job_service.table": ["read_text"],  # our own package
    "songbatch.engines.rest.certificates": ["isdir", "listdir"],  # the user's
    "songbatch.engines.rest.connections": ["isdir"],  # the same
    "songbatch.engines.sketch.phonetics.pronounce": ["read_bytes"],  # our own package
    "songbatch.extras": ["isdir", "open"],  # packages of this Python
    "songbatch.handover.shops.files": ["read_text"],  # our own package
    "songbatch.handover.video_file": ["write_bytes", "write_text"],  # a temporary folder
    "songbatch.incremental.fast_path": ["is_dir", "lexists", "scandir", "stat"],  # opens nothing
    # a folder specs/, which makes a project; .git, which makes a repository; folder ids
    "songbatch.layout": ["exists", "isdir", "stat"],
    "songbatch.audio.ffmpeg": ["open"],  # in a folder of our own that ffmpeg reads
    "songbatch.report.html": ["read_text"],  # our own package
    "songbatch.documents.schema": ["read_text"],  # our own package
    "songbatch.spec_files": ["lexists"],  # is a word of the user's a path; opens nothing
    "songbatch.store.manifest": ["read_text"],  # our own package
    "songbatch.workspace": ["is_dir"],  # --project
}


def file_calls(path: Path) -> set[str]:
    calls = [
        n.func for n in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(n, ast.Call)
    ]
    found = {"open" for called in calls if isinstance(called, ast.Name) and called.id == "open"}
    for called in calls:
        if isinstance(called, ast.Attribute):
            owner = ast.unparse(called.value)
            is_ours = owner.endswith(("workspace", "tree", "self"))
            if called.attr in ON_PATHS and not is_ours:
                found.add(called.attr)
            if called.attr in IN_MODULES and owner in {"os", "os.path", "io", "shutil"}:
                found.add(called.attr)
    return found


@pytest.mark.parametrize("module", sorted(MODULES.keys() - FILE_OWNERS))
def test_files_are_reached_by_handles(module: str) -> None:
    assert sorted(file_calls(MODULES[module])) == BY_PATH.get(module, [])


BLAS_PRODUCTS = {
    "convolve", "correlate", "dot", "einsum", "inner", "linalg", "matmul", "tensordot", "vdot",
}  # fmt: skip


DIFFERENT = {
    "angle", "arccos", "arccosh", "arcsin", "arcsinh", "arctan", "arctan2", "arctanh", "bartlett",
    "blackman", "cbrt", "cos", "cosh", "exp", "exp2", "expm1", "float_power", "geomspace",
    "hamming", "hanning", "hypot", "i0", "kaiser", "log", "log10", "log1p", "log2", "logaddexp",
    "logaddexp2", "logspace", "percentile", "power", "quantile", "sin", "sinc", "sinh", "tan",
    "tanh",
}  # fmt: skip
"""Functions of numpy and math whose last bits depend on a processor, its C library or a version."""
UNSTABLE_DRAWS = {
    "beta", "binomial", "chisquare", "exponential", "gamma", "gumbel", "laplace", "lognormal",
    "normal", "poisson", "standard_normal", "triangular", "weibull",
}  # fmt: skip
"""Random numbers that take such functions."""

MAKING_SOUND = {
    f"songbatch.audio.{m}" for m in ("encode", "loudness", "prepare", "resample", "stereo")
} | {module for module in MODULES if ".sketch." in module or ".mastering." in module}
"""The modules whose samples are kept as audio."""


@pytest.mark.parametrize("module", sorted(MAKING_SOUND))
def test_what_makes_sound_uses_no_blas_product(module: str) -> None:
    # Their sums depend on threads and processor, and equal requests give equal bytes.
    for node in ast.walk(ast.parse(MODULES[module].read_text("utf-8"))):
        assert not isinstance(node, ast.MatMult)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            product = node.value.id == "np" and node.attr in BLAS_PRODUCTS
            assert not product, f"{module}:{node.lineno} uses np.{node.attr}"


@pytest.mark.parametrize(
    "module", sorted(MAKING_SOUND - {"songbatch.engines.sketch.analysis.plot"})
)
def test_what_makes_sound_is_the_same_on_every_processor(module: str) -> None:
    # What differs is in songbatch.audio.exact in a form that does not.
    for node in ast.walk(ast.parse(MODULES[module].read_text("utf-8"))):
        place = f"{module}:{getattr(node, 'lineno', 0)}"
        if isinstance(node, ast.Attribute):
            owner = ast.unparse(node.value)
            assert not (owner in {"np", "math"} and node.attr in DIFFERENT), f"{place} {node.attr}"
            assert node.attr not in UNSTABLE_DRAWS, f"{place} {node.attr}"
            # Analyses are rounded to thousandths; samples are not.
            is_inverse = owner == "np.fft" and node.attr.startswith("i")
            assert not is_inverse or ".analysis." in module, f"{place} {node.attr}"
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
            is_square = isinstance(node.right, ast.Constant) and node.right.value == 2
            is_whole = isinstance(node.left, ast.Constant) and isinstance(node.left.value, int)
            assert is_square or is_whole, f"{place} {ast.unparse(node)}"
