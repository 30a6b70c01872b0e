"""Renders and a snapshot of the project → the steps a run takes, each with its reason.

Pure: no I/O, no clock, no randomness. Running applies exactly this plan, so `plan`, `render` and
`render --frozen` cannot disagree.
"""

from songbatch.plan.choices import Choices, EngineTerms
from songbatch.plan.decide import make_plan, needed_uploads, upload_key
from songbatch.plan.snapshot import Snapshot
from songbatch.plan.steps import (
    Action,
    ConvertStep,
    FetchStep,
    OrphanStep,
    Plan,
    Reason,
    RemoveStep,
    RenderStep,
    UploadStep,
    made_key,
)
from songbatch.plan.tagging import cover_of, tag_version_of, tags_of

__all__ = [
    "Action",
    "Choices",
    "ConvertStep",
    "EngineTerms",
    "FetchStep",
    "OrphanStep",
    "Plan",
    "Reason",
    "RemoveStep",
    "RenderStep",
    "Snapshot",
    "UploadStep",
    "cover_of",
    "made_key",
    "make_plan",
    "needed_uploads",
    "tag_version_of",
    "tags_of",
    "upload_key",
]
