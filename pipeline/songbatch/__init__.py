"""songbatch: declarative batches of AI-made songs, as `make` is for programs.

The API for Python (`songbatch.api`) is loaded when it is used.
"""

TYPE_CHECKING = False  # importing typing for it would slow down the start of every command
if TYPE_CHECKING:
    from songbatch.api import (
        Choices,
        LoadedProject,
        ProjectPlan,
        RunSettings,
        SongbatchError,
        Summary,
        load,
    )

__version__ = "0.1.0"
__all__ = [
    "Choices",
    "LoadedProject",
    "ProjectPlan",
    "RunSettings",
    "SongbatchError",
    "Summary",
    "__version__",
    "load",
]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module 'songbatch' has no attribute {name!r}")
    from songbatch import api  # noqa: PLC0415

    return getattr(api, name)
