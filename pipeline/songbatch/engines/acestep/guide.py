"""Guide to a first song on ACE-Step: what `songbatch engines` shows people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from songbatch.shell import shell_word

if TYPE_CHECKING:
    from songbatch.engines.acestep.settings import Face

_TASKS = """\
To start a server on this machine (needs git, uv, and Python 3.11 or 3.12):

  git clone https://github.com/ace-step/ACE-Step-1.5 && cd ACE-Step-1.5
  ACESTEP_CONFIG_PATH={model} uv run acestep-api
  songbatch doctor --engine {name}

The last line is for another terminal. The first start downloads some 10 GB,
and can take minutes. A server elsewhere is named by ACESTEP_URL, or by
`engines: {{acestep: {{url: …}}}}` in songbatch.yaml. Where others can reach it,
start it with --api-key, and set ACESTEP_API_KEY to the same on both sides.
Code and weights are under the MIT licence.

GPU memory    what it is enough for
under 4 GB    quantised and offloaded, without a language model
6 to 8 GB     also the language model acestep-5Hz-lm-0.6B
12 to 16 GB   also acestep-5Hz-lm-1.7B; the xl models, offloaded
20 GB         the xl models in comfort
Memory also bounds the length of a song: 4 minutes with little, 10 with much.
It runs on CUDA, ROCm, Intel XPU and Apple MLX. All this its maker says."""

_CHAT = """\
This is the face of the maker's hosted service, for those without a GPU. It
wants a free key of its own; lyrics and references are sent there. Users
report that it cuts off requests after 60 to 100 s, so keep songs to about a
minute. Nothing is published on its limits, terms and uptime."""


def guide(name: str, model: str, face: Face) -> str:
    """Return how to get at this model by this face; `name` is what the engine is called."""
    if face == "chat":
        return _CHAT
    return _TASKS.format(name=shell_word(name), model=shell_word(model))
