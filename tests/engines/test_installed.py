"""Engines of other packages: found by name, judged before they are believed, guarded in a run."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from songbatch.diagnostics import EngineRefused, Refused
from songbatch.engines.base import Cancellation, EngineError, Job, Ready, Verdict
from songbatch.engines.catalog import ENGINES, Engines
from songbatch.engines.entry import EngineContext
from songbatch.files.tree import Tree
from songbatch.model import EngineIdentity, EngineSettings
from songbatch.prices import Amount
from songbatch.traits import UnknownEngine
from support.kit import Project
from support.packages import install
from tests.engines.sample_requests import generation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from songbatch.engines.entry import EngineEntry

HEAD = """
from songbatch.engines.plugin import *

api = 1
name = "box"


def traits(settings):
    return Traits(
        grammar=Grammar.SECTIONS,
        lyrics=TextRule(100),
        takes=frozenset({"seed"}),
        ignores={},
        references={},
        needs_reference=False,
        song=Range(1, 60),
        seed=Range(0, 10),
        master=AudioFormat.WAV,
        has_jobs=settings.settings.get("jobs", False),
    )


def identity(settings):
    return EngineIdentity("box", model=settings.model or "plain", sound="3")


def open(context):
    return Box(context)


class Box(OwnEngine):
    def generate(self, request, sink):
        sink.write(b"song")
        return Answer(seed=request.seed)
"""


@pytest.fixture
def box(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Engines]]:
    """Install a package with the engine `box`, whose module is `HEAD` and what is given."""
    monkeypatch.syspath_prepend(str(tmp_path / "site"))

    def installed(more: str = "", *, name: str = "box", **settings: EngineSettings) -> Engines:
        points = f"[songbatch.engines]\n{name} = box_engine\n"
        install(tmp_path / "site", "songbatch-box", "2.1", {"box_engine": HEAD + more}, points)
        return Engines(settings)

    yield installed
    sys.modules.pop("box_engine", None)


def context(folder: Path, **environment: str) -> EngineContext:
    return EngineContext(Tree(folder), environment)


def generate(entry: EngineEntry, folder: Path, sink: io.BytesIO | None = None) -> EngineError:
    """Return the error of a request."""
    engine = entry.open(context(folder, BOX_KEY="secret-of-the-box"))
    engine.preflight()
    with pytest.raises(EngineError) as caught:
        engine.generate(generation(), sink or io.BytesIO())  # type: ignore[union-attr]
    return caught.value


def test_a_project_can_name_it_and_its_model(box: Callable[..., Engines], tmp_path: Path) -> None:
    engines = box(own=EngineSettings(kind="box", model="large", usd_per_render=0.5))
    assert engines["box"].identity == EngineIdentity("box", "plain", "3", master="wav")
    assert engines["box/tiny"].identity == EngineIdentity(
        "box/tiny", "tiny", "3", kind="box", master="wav"
    )
    own = engines["own"]
    assert own.identity == EngineIdentity("own", "large", "3", kind="box", master="wav")
    assert [e.tariff().price(Amount()).planned for e in (own, engines["box"])] == [0.5, 0]
    sink = io.BytesIO()
    engine = own.open(context(tmp_path))
    assert engine.generate(generation(), sink).seed is None  # type: ignore[union-attr]
    assert sink.getvalue() == b"song"
    assert engine.identity == own.identity
    assert engine.account == own.account({})


def test_it_is_loaded_only_when_it_is_named(box: Callable[..., Engines]) -> None:
    engines = box('raise RuntimeError("loaded")')
    assert engines["sketch"] == ENGINES["sketch"]
    assert list(engines) == list(ENGINES)
    assert "box_engine" not in sys.modules
    with pytest.raises(UnknownEngine, match="loaded"):
        engines["box"]


@pytest.mark.parametrize("name", ENGINES)
def test_an_engine_that_comes_along_cannot_be_replaced(
    box: Callable[..., Engines], name: str
) -> None:
    assert box('raise RuntimeError("loaded")', name=name)[name].identity == ENGINES[name].identity


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ("api = 2", "version 2 of the seam"),
        ("del api", "version None of the seam"),
        (
            "import no_such_module",
            r"cannot be loaded: ModuleNotFoundError: .*\(box_engine.py:\d+\)",
        ),
        ("raise SystemExit(3)", "cannot be loaded: SystemExit: 3"),
        ('name = "bag"', 'calls itself "bag"'),
        ("def traits(settings): return 1 / 0", "traits fails: ZeroDivisionError"),
        ("def traits(settings): return {}", "traits gives dict, not songbatch.engines.plugin"),
        (
            "_t = traits\ndef traits(s): return Traits(**{**_t(s).__class__.__dict__})",
            "traits fails: TypeError",
        ),
        ("def identity(settings): return EngineIdentity('box', model='')", "model of its identity"),
        ("def identity(settings): return EngineIdentity('box', model=3)", "identity fails"),
        ("def terms(settings): return Terms(usd_per_render='much')", "terms fails"),
        ("def terms(settings): return Terms(usd_per_render=-1)", "terms make no sense"),
        ("def terms(settings): return Terms(jobs=0)", "terms make no sense"),
        ("def terms(settings): return Terms(needs_key=True)", "terms make no sense"),
        ("del traits", "traits fails: AttributeError"),
    ],
)
def test_a_package_that_cannot_be_used_is_named(
    box: Callable[..., Engines], more: str, why: str
) -> None:
    with pytest.raises(UnknownEngine, match=why) as caught:
        box(more)["box"]
    assert "the package songbatch-box 2.1" in str(caught.value)
    assert "Traceback" not in str(caught.value)


def test_of_two_packages_with_one_engine_neither_is_taken(
    box: Callable[..., Engines], tmp_path: Path
) -> None:
    engines = box()
    points = "[songbatch.engines]\nbox = box_engine\n"
    install(tmp_path / "site", "another-box", "1", {}, points)
    with pytest.raises(UnknownEngine, match=r"songbatch-box 2\.1") as caught:
        engines["box"]
    assert "another-box 1" in str(caught.value)


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ("def open(context): return 1 / 0", "bug in open: ZeroDivisionError"),
        ("def open(context): return object()", "no generate and no preflight and no close"),
        ("def account(environment): return environment['X']", "bug in account: KeyError"),
        ("def account(environment): return 'my key\\n'", "account that cannot be written down"),
        ("Box.preflight = lambda self: 1 / 0", "bug in preflight: ZeroDivisionError"),
        ("def open(context): raise EngineRefused('no server')", "no server"),
        ("def terms(settings): return Terms(key_env='NO_KEY', needs_key=True)", "needs a key"),
    ],
)
def test_what_cannot_be_opened_is_refused(
    box: Callable[..., Engines], tmp_path: Path, more: str, why: str
) -> None:
    entry = box(more)["box"]
    with pytest.raises(EngineRefused, match=why):
        entry.open(context(tmp_path)).preflight()


@pytest.mark.parametrize(
    ("body", "verdict", "why"),
    [
        ("1 / 0", Verdict.UNKNOWN, "the package songbatch-box 2.1 has a bug in generate: ZeroDiv"),
        ("raise ConnectionError('cut')", Verdict.UNKNOWN, "ConnectionError: cut"),
        ("return 'fine'", Verdict.UNKNOWN, "it gives str, not Answer"),
        ("return Answer(cost_usd='much')", Verdict.UNKNOWN, "cost_usd"),
        ("raise EngineError('busy', Verdict.SLOW_DOWN)", Verdict.SLOW_DOWN, "busy"),
        ("raise EngineError('bad secret-of-the-box', Verdict.STOP)", Verdict.STOP, r"bad \[key\]"),
        ("raise EngineError('odd', 'retry')", Verdict.UNKNOWN, "odd"),
        ("raise EngineError('', Verdict.RETRY)", Verdict.RETRY, "2.1 does not say why"),
        ("raise ValueError('bad secret-of-the-box')", Verdict.UNKNOWN, r"bad \[key\]"),
    ],
)
def test_what_goes_wrong_in_a_request_is_an_error_of_the_request(
    box: Callable[..., Engines], tmp_path: Path, body: str, verdict: Verdict, why: str
) -> None:
    more = (
        "def terms(settings): return Terms(key_env='BOX_KEY')\n"
        f"def generate(self, request, sink):\n    {body}\nBox.generate = generate\n"
    )
    error = generate(box(more)["box"], tmp_path)
    assert error.verdict is verdict
    with pytest.raises(EngineError, match=why):
        raise error
    assert "secret-of-the-box" not in str(error)


def test_an_error_keeps_all_that_can_be_reckoned_with(
    box: Callable[..., Engines], tmp_path: Path
) -> None:
    raised = "EngineError('odd', Verdict.RETRY, retry_after='soon', cost_usd=0.1, most_tries=1)"
    more = f"def generate(self, request, sink): raise {raised}\nBox.generate = generate\n"
    error = generate(box(more)["box"], tmp_path)
    assert (error.retry_after, error.cost_usd, error.most_tries) == (None, 0.1, 1)
    again = error.but(verdict=Verdict.UNKNOWN)
    assert vars(again) == vars(error) | {"verdict": Verdict.UNKNOWN}


def test_a_full_disk_is_no_bug_of_the_package(box: Callable[..., Engines], tmp_path: Path) -> None:
    class Full(io.BytesIO):
        def write(self, data: object, /) -> int:
            raise OSError(28, "No space left on device")

    engine = box()["box"].open(context(tmp_path))
    with pytest.raises(OSError, match="No space"):
        engine.generate(generation(), Full())  # type: ignore[union-attr]


JOBS = """
class Jobs(OwnEngine):
    def submit(self, request):
        return Job(7)

    def poll(self, jobs):
        return {job.id: "done" for job in jobs}

    def collect(self, job, ready, sink):
        raise KeyError("audio")

    def find(self, request, since, until):
        return "gone"


def open(context):
    return Jobs(context)
"""


def test_jobs_are_guarded_too(box: Callable[..., Engines], tmp_path: Path) -> None:
    entry = box(JOBS, box=EngineSettings(settings={"jobs": True}))["box"]
    engine = entry.open(context(tmp_path))
    with pytest.raises(EngineError) as caught:
        engine.submit(generation())  # type: ignore[union-attr]
    assert caught.value.verdict is Verdict.UNKNOWN
    with pytest.raises(EngineError) as caught:
        engine.poll([Job("a")])  # type: ignore[union-attr]
    assert caught.value.verdict is Verdict.RETRY
    with pytest.raises(EngineError, match="KeyError: 'audio'"):
        engine.collect(Job("a"), Ready({}), io.BytesIO())  # type: ignore[union-attr]
    with pytest.raises(EngineError, match="it gives str, not Job"):
        engine.find(generation(), "", "", ())  # type: ignore[union-attr]
    assert engine.cancel(Job("a")) is Cancellation.IMPOSSIBLE  # type: ignore[union-attr]
    with pytest.raises(EngineRefused, match="no submit and no poll and no collect"):
        box_without_jobs(entry, tmp_path)


@pytest.mark.parametrize(
    ("does", "expected"),
    [
        ("return Cancellation.DROPPED", Cancellation.DROPPED),
        ("return 'asked'", Cancellation.ASKED),
        ("return True", "has a bug in cancel: ValueError: True is not a valid Cancellation"),
        ("raise EngineError('the key is wrong', Verdict.STOP)", "the key is wrong"),
    ],
)
def test_a_cancellation_is_guarded(
    box: Callable[..., Engines], tmp_path: Path, does: str, expected: Cancellation | str
) -> None:
    more = f"""
from songbatch.engines.plugin import Cancellation, EngineError, Verdict


class Cancelling(Jobs):
    def cancel(self, job):
        {does}


def open(context):
    return Cancelling(context)
"""
    entry = box(JOBS + more, box=EngineSettings(settings={"jobs": True}))["box"]
    engine = entry.open(context(tmp_path))
    if isinstance(expected, Cancellation):
        assert engine.cancel(Job("a")) is expected  # type: ignore[union-attr]
        return
    with pytest.raises(EngineError) as caught:
        engine.cancel(Job("a"))  # type: ignore[union-attr]
    assert expected in str(caught.value)


@pytest.mark.parametrize(
    ("told", "kept"), [("1e9", 60.0), ("7.5", 7.5), ("-1", 1.0), ("float('nan')", 1.0)]
)
def test_a_job_is_asked_for_within_a_minute(
    box: Callable[..., Engines], tmp_path: Path, told: str, kept: float
) -> None:
    more = f"""
class Waiting(Jobs):
    def submit(self, request):
        return Job("a", {told})

    def find(self, request, since, until):
        return Job("a", {told})


def open(context):
    return Waiting(context)
"""
    entry = box(JOBS + more, box=EngineSettings(settings={"jobs": True}))["box"]
    engine = entry.open(context(tmp_path))
    assert engine.submit(generation()) == Job("a", kept)  # type: ignore[union-attr]
    assert engine.find(generation(), "", "", ()) == Job("a", kept)  # type: ignore[union-attr]


def box_without_jobs(entry: EngineEntry, folder: Path) -> None:
    sys.modules["box_engine"].open = sys.modules["box_engine"].Box  # type: ignore[attr-defined]
    entry.open(context(folder))


KEYED = """
def terms(settings):
    return Terms(url="https://box.example", key_env="BOX_KEY", needs_key=True)


def open(context):
    context.key
    return Box(context)
"""


@pytest.mark.parametrize(
    ("settings", "by_user", "is_permitted"),
    [
        (EngineSettings(), None, True),
        (EngineSettings(url="http://127.0.0.1:9"), None, True),
        (EngineSettings(url="https://elsewhere.example"), None, False),
        (
            EngineSettings(url="https://elsewhere.example"),
            EngineSettings(url="https://elsewhere.example/"),
            True,
        ),
        (EngineSettings(key_env="AWS_SECRET"), None, False),
    ],
)
def test_a_project_cannot_send_a_key_anywhere(
    box: Callable[..., Engines],
    tmp_path: Path,
    settings: EngineSettings,
    by_user: EngineSettings | None,
    is_permitted: bool,
) -> None:
    entry = box(KEYED, box=settings)["box"]
    environment = {"BOX_KEY": "secret-of-the-box", "AWS_SECRET": "another-secret"}
    mine = {"box": by_user} if by_user is not None else {}
    opening = EngineContext(Tree(tmp_path), environment, mine)
    if is_permitted:
        entry.open(opening).close()
    else:
        with pytest.raises(Refused, match="would send the key in"):
            entry.open(opening)


def test_an_account_is_that_of_an_address_and_a_key(box: Callable[..., Engines]) -> None:
    engines = box(KEYED, box=EngineSettings(), other=EngineSettings(kind="box", url="http://x"))
    accounts = [
        engines[name].account(environment)
        for name in ("box", "other")
        for environment in ({"BOX_KEY": "secret-of-the-box"}, {})
    ]
    assert len(set(accounts)) == 4
    assert all(account.startswith("box:") for account in accounts)


SERVED = """
guide = "Switch the box on."


def terms(settings):
    return Terms(url="https://box.example.org", key_env="BOX_KEY", needs_key=True)


def health(self):
    return [fine("server", "it answers"), failed("key", f"{self.context.key} is not accepted", "x")]


Box.health = health
"""


def test_what_comes_with_a_song_is_fit_for_the_manifest(
    box: Callable[..., Engines], tmp_path: Path
) -> None:
    facts = (
        "trace_id='a\\nb', model='secret-of-the-box', notes=('\\x1b[1m',), filled_in={'tempo': 3, "
        "'bpm': 96, 'scale': '\\x1b[1m', 'style': 'secret-of-the-box', 'lyrics': 'la ' * 9999}"
    )
    more = (
        "def terms(settings): return Terms(key_env='BOX_KEY')\n"
        f"def generate(self, request, sink): return Answer({facts})\nBox.generate = generate\n"
    )
    engine = box(more)["box"].open(context(tmp_path, BOX_KEY="secret-of-the-box"))
    answer = engine.generate(generation(), io.BytesIO())  # type: ignore[union-attr]
    assert (answer.trace_id, answer.model, answer.notes) == (r"a\x0ab", "[key]", (r"\x1b[1m",))
    assert answer.remarks == ("it filled in what no song has: tempo",)
    assert answer.filled_in == {
        "bpm": 96,
        "scale": r"\x1b[1m",
        "style": "[key]",
        "lyrics": ("la " * 40)[:120],
    }


def test_a_refusal_hides_the_key(box: Callable[..., Engines], tmp_path: Path) -> None:
    more = """
def terms(settings):
    return Terms(key_env="BOX_KEY")


def preflight(self):
    raise EngineRefused("no credits for secret-of-the-box")


Box.preflight = preflight
"""
    engine = box(more)["box"].open(context(tmp_path, BOX_KEY="secret-of-the-box"))
    with pytest.raises(EngineRefused, match=r"no credits for \[key\]"):
        engine.preflight()


def test_what_people_see_of_it(box: Callable[..., Engines], tmp_path: Path) -> None:
    entry = box(SERVED)["box"]
    assert entry.guide == "Switch the box on."
    without = entry.access(context(tmp_path))
    assert (without.url, without.key_variable) == ("https://box.example.org", "BOX_KEY")
    assert without.problem == "it needs a key, and BOX_KEY is not set"
    assert entry.access(context(tmp_path, BOX_KEY="secret-of-the-box")).problem == ""
    found = entry.health(context(tmp_path, BOX_KEY="secret-of-the-box"))
    assert [(item.subject, str(item.state), item.text) for item in found] == [
        ("server", "ok", "it answers"),
        ("key", "failed", "[key] is not accepted"),
    ]


KEEPING = """
guide = "Switch the box on."


def health(self):
    self.context.state.write("kept", b"kept")
    return [fine("server", "it answers")]


Box.health = health
"""


def test_outside_of_a_project_nothing_is_kept(box: Callable[..., Engines], tmp_path: Path) -> None:
    box(KEEPING)
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    project = Project(folder)
    result = project.run("doctor", "--engine", "box", env={"PYTHONPATH": str(tmp_path / "site")})
    assert "it answers" in result.stdout, result
    assert list(folder.iterdir()) == []


def test_a_strangers_address_gets_no_key_for_its_health(
    box: Callable[..., Engines], tmp_path: Path
) -> None:
    entry = box(SERVED, box=EngineSettings(url="https://evil.com"))["box"]
    allowed = context(tmp_path, BOX_KEY="secret-of-the-box")
    assert "have not said that this address may have it" in entry.access(allowed).problem
    with pytest.raises(Refused):
        entry.health(allowed)


@pytest.mark.parametrize("health", ["return 1", "return ['fine']", "raise KeyError('x')"])
def test_a_bug_of_its_health_is_its_authors(
    box: Callable[..., Engines], tmp_path: Path, health: str
) -> None:
    more = f"\n\ndef health(self):\n    {health}\n\n\nBox.health = health\n"
    with pytest.raises(EngineRefused, match="has a bug in health"):
        box(more)["box"].health(context(tmp_path))


def test_it_need_not_know_its_health(box: Callable[..., Engines], tmp_path: Path) -> None:
    assert box()["box"].health(context(tmp_path)) == []
