"""Guide to the hosted engine: what `songbatch engines` shows people."""

from __future__ import annotations

GUIDE = """\
Set AIMLAPI_KEY to your key of the service, and AIMLAPI_BASE_URL where another
server of the contract shall answer, such as `songbatch serve`. The vendor no
longer lists the model as supported: where it is gone, a run ends at once with
exit code 5, and nothing is uploaded or paid for after that."""
