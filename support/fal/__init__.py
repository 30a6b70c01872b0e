"""An independent server of fal.ai's queue service, for tests.

It shares no code with the project.

- `server`: the server a test holds: addresses, scripts, hold and release, time.
- `queue`, `jobs`: jobs that wait, run and end.
- `queue_host`: what can be asked of them over HTTP.
- `catalog`, `models`, `fields`: the endpoints, the fields of each, and what is billed.
- `makers`, `mureka`, `sound`: what comes out: songs, ids of files and voices, audio.
- `storage`: files: uploaded in two ways, handed out.
- `listing`, `pricing`: the platform's list of requests, and of prices.
- `books`: what the account was charged.
- `troubles`, `failures`, `scripts`: what goes wrong, and with which request.
- `hosts`, `wire`, `listener`: who listens where; requests and answers, and their sockets.
"""
