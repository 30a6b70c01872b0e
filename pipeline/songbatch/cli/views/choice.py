"""Choice of a view: the formats of each command, and what shows its result in each of them.

A command calls the function below that is named for it, so that it loads its own views only.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, TypeAlias, TypeVar

if TYPE_CHECKING:
    from songbatch.cli.views.results import (
        CheckResult,
        ComparisonResult,
        DiffResult,
        EnginesResult,
        PlanResult,
        VerifyResult,
    )
    from songbatch.cli.views.run_view import View
    from songbatch.outputs.credits import SongCredits
    from songbatch.run.doctor import Checkup
    from songbatch.run.jobs_under_way import JobsReport

Result = TypeVar("Result")
Show: TypeAlias = Callable[[Result], str]
"""A view of a result: its text, without the last line's end."""
Formats: TypeAlias = Mapping[str, Show[Result]]
"""A view for each name that `--format` takes. The first is the default."""


def check_formats() -> Formats[CheckResult]:
    """Return the views of `check`."""
    from songbatch.cli.views.check_github import check_github  # noqa: PLC0415
    from songbatch.cli.views.check_json import check_json  # noqa: PLC0415
    from songbatch.cli.views.check_text import check_text  # noqa: PLC0415

    return {"text": check_text, "json": check_json, "github": check_github}


def plan_formats() -> Formats[PlanResult]:
    """Return the views of `plan`."""
    from songbatch.cli.views.plan_json import plan_json  # noqa: PLC0415
    from songbatch.cli.views.plan_markdown import plan_markdown  # noqa: PLC0415
    from songbatch.cli.views.plan_text import plan_text  # noqa: PLC0415

    return {"text": plan_text, "json": plan_json, "markdown": plan_markdown}


def comparison_formats() -> Formats[ComparisonResult]:
    """Return the views of `plan` for several engines."""
    from songbatch.cli.views.comparison_json import comparison_json  # noqa: PLC0415
    from songbatch.cli.views.moving_markdown import comparison_markdown  # noqa: PLC0415
    from songbatch.cli.views.moving_text import comparison_text  # noqa: PLC0415

    return {"text": comparison_text, "json": comparison_json, "markdown": comparison_markdown}


def diff_formats() -> Formats[DiffResult]:
    """Return the views of `diff`."""
    from songbatch.cli.views.diff_json import diff_json  # noqa: PLC0415
    from songbatch.cli.views.diff_markdown import diff_markdown  # noqa: PLC0415
    from songbatch.cli.views.diff_text import diff_text  # noqa: PLC0415

    return {"text": diff_text, "json": diff_json, "markdown": diff_markdown}


def verify_formats() -> Formats[VerifyResult]:
    """Return the views of `verify`."""
    from songbatch.cli.views.verify_json import verify_json  # noqa: PLC0415
    from songbatch.cli.views.verify_junit import verify_junit  # noqa: PLC0415
    from songbatch.cli.views.verify_text import verify_text  # noqa: PLC0415

    return {"text": verify_text, "json": verify_json, "junit": verify_junit}


def credits_formats() -> Formats[list[SongCredits]]:
    """Return the views of `credits`."""
    from songbatch.cli.views.credits_csv import credits_csv  # noqa: PLC0415
    from songbatch.cli.views.credits_json import credits_json  # noqa: PLC0415
    from songbatch.cli.views.credits_markdown import credits_markdown  # noqa: PLC0415
    from songbatch.cli.views.credits_text import credits_text  # noqa: PLC0415

    return {
        "text": credits_text,
        "markdown": credits_markdown,
        "json": credits_json,
        "csv": credits_csv,
    }


def engines_formats() -> Formats[EnginesResult]:
    """Return the views of `engines`."""
    from songbatch.cli.views.engines_json import engines_json  # noqa: PLC0415
    from songbatch.cli.views.engines_text import engines_text  # noqa: PLC0415

    return {"text": engines_text, "json": engines_json}


def doctor_formats() -> Formats[Checkup]:
    """Return the views of `doctor`."""
    from songbatch.cli.views.doctor_json import doctor_json  # noqa: PLC0415
    from songbatch.cli.views.doctor_text import doctor_text  # noqa: PLC0415

    return {"text": doctor_text, "json": doctor_json}


def jobs_formats() -> Formats[JobsReport]:
    """Return the views of `jobs`."""
    from songbatch.cli.views.jobs_json import jobs_json  # noqa: PLC0415
    from songbatch.cli.views.jobs_text import jobs_text  # noqa: PLC0415

    return {"text": jobs_text, "json": jobs_json}


def make_view(*, as_json: bool) -> View:
    """Return the view of a run that suits who watches: a program, a terminal, or a pipe."""
    from songbatch.cli.views.run_view import View  # noqa: PLC0415

    if as_json:
        from songbatch.cli.views.run_json import JsonView  # noqa: PLC0415

        return JsonView()
    # There is none if somebody has closed it.
    if sys.stderr is not None and sys.stderr.isatty() and _moves_cursor():
        from songbatch.cli.views.progress import ProgressView  # noqa: PLC0415  (loads rich)

        return ProgressView()
    return View()


def _moves_cursor() -> bool:
    """Return whether the terminal can draw over what it shows; Windows names none, and can."""
    name = os.environ.get("TERM", "")
    return name not in _PLAIN_TERMINALS if name else os.name == "nt"


_PLAIN_TERMINALS = frozenset({"dumb", "unknown"})
