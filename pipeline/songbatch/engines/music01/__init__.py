"""The hosted engine `music-01`: the vendor's two endpoints over HTTPS, one attempt a call.

- `entry`: its entry in the catalog.
- `settings`: key, address and time limits, from the environment; loads no network library.
- `transport`: one request out.
- `response`, `answer_stream`: one answer in, however it is framed, and how long to wait for it.
- `unpacking`: its bytes to UTF-8; `decode`: to audio (`hexadecimal`) and `envelope` (`values`)
  without holding the song in memory; `reply`: the result.
- `error_body`: the reason, code and price that an answer gives.
- `verdicts`: the one table of what each failure means for the money; `errors`: makes errors of it.
- `engine`: puts them together behind `songbatch.engines.base.Engine`.
- `health`: what `songbatch doctor` finds; `guide`: how people set it up.

It reads no file but certificates, and knows nothing of specs, plans and ledgers. Only `transport`,
`engine` and `health` load a network library. Connections, proxies and redaction are those of
`engines/rest`.
"""
