"""Fetches a reference from the web, once, and believes nothing but its digest.

An address in a spec may have been written by someone else, so it must not become a way to this
machine or its network: a name is resolved here, every address it stands for is judged, and the
connection goes to an address that was judged. Redirects are followed by hand and judged the same
way. Nothing of this machine is sent along: no cookies, no credentials; no proxy is asked.

- `fetching`: the way from a URL to bytes.
- `addresses`: which addresses are public.
- `connecting`: names to judged addresses to connections.
- `exchange`: one GET over one connection, bounded in size and time.
- `errors`: the error, and the network's errors as text.

Opens no file but the system's certificates; what it fetched, the caller keeps.
"""

from songbatch.fetch.errors import FetchError
from songbatch.fetch.fetching import fetch

__all__ = ["FetchError", "fetch"]
