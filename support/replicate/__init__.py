"""An independent server of Replicate's predictions contract, for tests.

It shares no code with the project.

- `server`: the server a test holds: scripts, hold and release, time, books.
- `service`: what the service does, and its switches.
- `predictions`, `course`: a prediction and how it is described; how it proceeds and ends.
- `intake`: what a request for a prediction may say.
- `catalog`, `models`, `fields`: the models, their schemas, and what they refuse as input.
- `files`, `references`: files that were uploaded, and those that an input names.
- `listing`: the pages of predictions.
- `books`: what was charged, and for what.
- `troubles`: how predictions and answers can go wrong.
- `sound`: the songs.
- `stamps`: names and moments as the service writes them.
- `connections`, `handler`, `delivery`, `refusals`: HTTP, for the API and for the host of outputs.
"""
