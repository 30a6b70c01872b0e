"""The hosted engine `music-01`: the vendor's two endpoints over HTTPS, one attempt a call.

- `settings`: key, address and time limits, from the environment; loads no network library.
- `proxies`: which proxy the environment names for an address.
- `transport`, `lines`: one request out; what went wrong is an exception here.
- `response`, `exchange`: one answer in, however it is framed, and how long to wait for it.
- `unpacking`: its bytes to UTF-8; `decode`: to audio (`digits`) and `envelope` (`values`), without
  holding the song twice; `reply`: what came of all that.
- `said`: what the service says in it; `redaction`: without the key.
- `outcomes`: the one table that says what each failure means for the money.
- `engine`: puts them together behind `songbatch.engines.base.Engine`.
"""
