"""Shared parts of clients of HTTP services: JSON, downloads, and texts that are safe to show.

- `accounts`: keys, names of accounts; `certificates`: the authorities to trust.
- `addresses`: base URLs as people write them; `proxies`: which proxy the environment names.
- `connections`: adapters of the HTTP library; `connection_errors`: why one failed, as a phrase.
- `client`: one request and its answer, bounded in size and time.
- `reasons`: why a service refuses, in whatever form it says so; `body_text`: texts of bodies.
- `redaction`: keeps the key out of texts; `quotes`: what a message shows of them.
- `waits`: how long a service asks to wait; `clock`: our clock against a service's.
- `key_items`: what `songbatch doctor` tells of a key that was tried and not taken.
- `foreign`: files at addresses that a service names, fetched or put there without the key;
  `song_sink`: is a song in the form that was asked for.

Only `client`, `connections` and `connection_errors` load a network library.
"""
