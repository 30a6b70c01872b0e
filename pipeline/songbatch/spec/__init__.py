"""The spec room: YAML text → drafts and diagnostics, both with their places.

It opens no file (`Files` does) and knows nothing of audio, engines or earlier runs. It is the
only importer of yaml and jsonschema.
"""

from songbatch.sources import Files, Unreadable, as_source
from songbatch.spec.compiled import Circumstances, load_compiled
from songbatch.spec.loading import LoadResult, load
from songbatch.spec.outputs import wrong_name
from songbatch.spec.project import ProjectSettings, load_project, load_user_config
from songbatch.spec.schema import schema_text
from songbatch.spec.selects_file import SelectsResult, load_selects, merge_selects

__all__ = [
    "Circumstances",
    "Files",
    "LoadResult",
    "ProjectSettings",
    "SelectsResult",
    "Unreadable",
    "as_source",
    "load",
    "load_compiled",
    "load_project",
    "load_selects",
    "load_user_config",
    "merge_selects",
    "schema_text",
    "wrong_name",
]
