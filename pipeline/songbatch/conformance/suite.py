"""The suite: every promise, tried in order, with its outcome."""

from __future__ import annotations

import traceback
from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

from songbatch.conformance import checks, job_checks, samples
from songbatch.conformance.bench import NotApplicable, NotKept
from songbatch.diagnostics import SongbatchError, brief

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from songbatch.conformance.bench import EngineBench
    from songbatch.traits import Traits

    Promise = Callable[[EngineBench], str]

PROMISES: tuple[Promise, ...] = (
    checks.traits,
    checks.methods,
    checks.identity,
    checks.account,
    checks.uploads,
    checks.song,
    checks.settings,
    checks.seeds,
    checks.takes,
    checks.keys,
    checks.options,
    checks.silence,
    checks.longest_lyrics,
    checks.any_lyrics,
    checks.references,
    checks.following,
    checks.threads,
    checks.closing,
    job_checks.attached_again,
    job_checks.quick_calls,
    job_checks.lost_job,
    job_checks.never_found,
    checks.no_music,
    checks.unknown_ids,
    checks.answers,
    checks.errors,
)
"""The checks; the last two look back at all that the others saw."""


class Kept(StrEnum):
    """What became of a promise."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_APPLICABLE = "not applicable"


class PromiseResult(msgspec.Struct, frozen=True):
    """Outcome of a check: its name, what it stands for, and why it ended so, or what it told."""

    name: str
    promise: str
    outcome: Kept
    why: str = ""
    traceback: str = ""


def name_of(promise: Promise) -> str:
    """Return the name of a check as people write it."""
    return promise.__name__.replace("_", "-")


def try_all(bench: EngineBench) -> Iterator[PromiseResult]:
    """Yield the outcome of every check.

    Raises EngineRefused or Refused where the engine cannot be asked at all, such as without a key.
    """
    _ = bench.engine
    for promise in PROMISES:
        yield try_one(promise, bench)


def try_one(promise: Promise, bench: EngineBench) -> PromiseResult:
    """Return the outcome of one check."""
    name, about = name_of(promise), (promise.__doc__ or "").rstrip(".")
    try:
        told = promise(bench)
    except NotApplicable as error:
        return PromiseResult(name, about, Kept.NOT_APPLICABLE, brief(str(error)))
    except NotKept as error:
        return PromiseResult(name, about, Kept.FAILED, brief(str(error)))
    except SongbatchError as error:
        why = f"{error}; {error.fix}" if error.fix else str(error)
        return PromiseResult(name, about, Kept.FAILED, brief(why), _traced(error))
    except Exception as error:
        why = brief(f"a bug in it: {type(error).__name__}: {error}")
        return PromiseResult(name, about, Kept.FAILED, why, _traced(error))
    return PromiseResult(name, about, Kept.PASSED, brief(told))


def _traced(error: BaseException) -> str:
    return "".join(traceback.format_exception(error.__cause__ or error))


def songs_asked(traits: Traits) -> int:
    """Return at most how many songs the checks ask for where all goes well."""
    # One, another take, the longest words, odd words, at once, and one before closing.
    always = 1 + 1 + 1 + len(checks.ODD_LYRICS) + checks.AT_ONCE + 1
    by_key = {"seed", "options", "vocals"} & traits.takes
    follows = "follow" in traits.takes and "song" in traits.references
    settings = len(checks.SETTINGS) if traits.master is None else 0
    further = (bool(samples.said(traits)), follows, traits.has_jobs)
    return always + len(by_key) + len(traits.references) + settings + sum(further)
