"""The hosted engine `music-01`: the vendor's two endpoints over HTTPS, one attempt a call.

- `settings`: key, address and time limits, from the environment; loads no network library.
- `proxies`: which proxy the environment names for an address.
- `transport`: one request out, one answer in; what went wrong is said as an exception here.
- `decode`: the answer's bytes to audio and envelope, without holding the song twice.
- `outcomes`: the one table that says what each failure means for the money.
- `engine`: puts them together behind `pipeline.engines.base.Engine`.
"""
