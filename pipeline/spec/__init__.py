"""The spec room: YAML text → drafts and diagnostics, both with their places.

It opens no file (`Files` does) and knows nothing of audio, engines or earlier runs. It is the
only importer of yaml and jsonschema.
"""

from pipeline.spec.files import Files, Unreadable
from pipeline.spec.loading import LoadResult, load
from pipeline.spec.project import load_project
from pipeline.spec.schema import schema_text

__all__ = ["Files", "LoadResult", "Unreadable", "load", "load_project", "schema_text"]
