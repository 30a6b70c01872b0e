"""The states of the real server, which differ in what they honour, keep and show."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class State:
    """What one state of the real server does.

    `native_models` and `open_models` are the paths of the two shapes of the list of models, None
    where there is none. `knows_progress`: items have `progress` and `stage`, answers
    `progress_text`. `caches_running`: a job that dies running is frozen, not forgotten.
    `confines`: audio is served out of the results' folder only. `refuses_paths`: a job that names
    a file of the server's is refused. `takes_token`: `ai_token` in the body is a key.
    `cot_needs_lm`: a job with `use_cot_...` fails where there is no language model; elsewhere
    these fields are then ignored. `counts_refused`: a job that the full queue refused counts as
    queued, until a restart. `bad_json` is the status of an answer to a body that is not JSON.
    """

    name: str
    honours_seed: bool
    native_models: str | None
    open_models: str | None
    lists_tasks: bool
    knows_progress: bool
    caches_running: bool
    confines: bool
    refuses_paths: bool
    takes_token: bool
    cot_needs_lm: bool
    counts_refused: bool
    bad_json: int
    chat: bool


WHEEL = State(
    name="wheel",
    honours_seed=False,
    native_models="/v1/models",
    open_models=None,
    lists_tasks=False,
    knows_progress=False,
    caches_running=False,
    confines=False,
    refuses_paths=False,
    takes_token=True,
    cot_needs_lm=True,
    counts_refused=True,
    bad_json=500,
    chat=False,
)
"""The package `ace-step15-fork` 20260212 of PyPI."""

OLD = State(
    name="old",
    honours_seed=False,
    native_models=None,
    open_models="/v1/models",
    lists_tasks=False,
    knows_progress=True,
    caches_running=True,
    confines=True,
    refuses_paths=False,
    takes_token=True,
    cot_needs_lm=False,
    counts_refused=True,
    bad_json=500,
    chat=True,
)
"""The repository in February 2026; that commit f30aee4 answers 500 to all forms is left out."""

NEW = State(
    name="new",
    honours_seed=True,
    native_models="/v1/model_inventory",
    open_models="/v1/models",
    lists_tasks=True,
    knows_progress=True,
    caches_running=True,
    confines=True,
    refuses_paths=True,
    takes_token=False,
    cot_needs_lm=False,
    counts_refused=False,
    bad_json=400,
    chat=True,
)
"""The repository in May 2026, as its source was described; it was not run."""

STATES = {state.name: state for state in (WHEEL, OLD, NEW)}
