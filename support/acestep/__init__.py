"""An independent server of the ACE-Step 1.5 contract, for tests.

It shares no code with the project.

- `server`: the server a test holds: switches, books, hold and release, restart.
- `states`: the states of the real server that it can be.
- `troubles`: how jobs and answers can go wrong.
- `submission`, `fields`: a request as it was received, and what the server takes it for.
- `jobs`: a job, and what becomes of it.
- `hearing`, `sound`: how a reference is heard; the songs, in every container.
- `handler`, `chat`: the two faces over HTTP.
- `asking`, `checks`, `chat_checks`: what the contract says, asked over HTTP of this server and
  of the real one alike (`python -m tests.real.acestep`).
"""
