"""Guide to a first song at a service: what `songbatch engines` shows people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from songbatch.shell import shell_word

if TYPE_CHECKING:
    from songbatch.engines.job_service.services import Service

_STEPS = """\
Five minutes from a key to a song:

  export {variable}=…
  songbatch doctor --engine {name}
  songbatch plan --engine {name}
  songbatch render --engine {name} --max-cost 1

The key is made at {keys}
`plan` says what a spec lacks here (a `style`, say), what of one that was
written for another engine is lost, and what it costs; nothing is sent before
`render`. Songs under way when a run ends are collected by the next one,
within the hour: results are not kept longer. `songbatch jobs` lists them, and
has them cancelled."""

_ROWS = """\
A model that is not listed, or a field that has another name by now, is a row
under `engines: {{{section}: {{models: …}}}}` in songbatch.yaml, which editors
complete. Its fields are described at
{models}"""

_PUBLIC = """\
References are uploaded to the service's storage: whoever has the address of
one can hear it."""


def guide(name: str, service: Service) -> str:
    """Return how to get at a service. `name` is what the engine is called, perhaps with a model."""
    section, _, model = name.partition("/")
    steps = _STEPS.format(
        variable=service.key_variable,
        name=shell_word(name if model else f"{section}/MODEL"),
        keys=service.keys_page,
    )
    rows = _ROWS.format(section=section, models=service.models_page)
    public = _PUBLIC if service.is_public else ""
    return "\n\n".join(filter(None, [steps, public, rows]))
