"""The spec room: YAML text → drafts and diagnostics, both with their places.

It opens no file (`Files` does) and knows nothing of audio, engines or earlier runs. It is the
only importer of yaml and jsonschema.
"""

from pipeline.spec.compiled import Circumstances, load_compiled
from pipeline.spec.files import Files, Unreadable, as_source
from pipeline.spec.loading import LoadResult, load
from pipeline.spec.outputs import wrong_name
from pipeline.spec.project import ProjectSettings, load_project, load_user_config
from pipeline.spec.schema import schema_text
from pipeline.spec.selects_file import SelectsResult, load_selects, merge_selects

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
