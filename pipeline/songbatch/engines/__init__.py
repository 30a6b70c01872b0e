"""Engines that turn a request into audio, one folder each.

- `base`: the seam: what every engine does and how it fails.
- `identities`: the engines' names, and what decides their sound.
- `entry`: what an engine costs, can and demands, and how to open it; `catalog`: the one list of
  engines, and those of a project.
- `plugin`: the seam for engines of other packages; `installed`: finds and judges those;
  `guarded`: keeps what they do wrong from ending a run.
- `orders`: calls of an engine as data, for other processes.
- `permission`: who may send a key where; `reference_files`: references as they go along with
  requests.
- `outline`: what an engine tells of how a song is built.
- `health`: findings about a service, for `songbatch doctor`.
- `request_id`: names of attempts in a service's log; `strict_json`: JSON from clients.
- `rest/`: what clients of HTTP services share.
- `music01/`: the hosted engine; `acestep/`: open weights; `sketch/`: the embedded one;
  `job_service/`: services with many models, which are rows of a table.

An engine knows nothing of specs, plans, ledgers or files of the project; what it keeps is in a
folder that it is given.
"""
