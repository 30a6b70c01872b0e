"""The profiles of the state machine: short by default, `--hypothesis-profile=long` for a night."""

from __future__ import annotations

from hypothesis import HealthCheck, Phase, settings

LONG = "long"

settings.register_profile(
    LONG,
    max_examples=400,
    stateful_step_count=24,
    print_blob=True,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.reuse, Phase.generate, Phase.shrink),
)
