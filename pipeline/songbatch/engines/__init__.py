"""Engines that turn a request into audio, one folder each.

- `base`: the seam: what every engine does and how it fails.
- `identities`: the engines' names, and what decides their sound.
- `catalog`: the one list of engines: what each costs, can and demands, and how to open it.
- `entry`: what the catalog knows of an engine; `permission`: which address may have a key.
- `plugin`: the seam for engines of other packages; `installed`: finds and judges those;
  `guarded`: keeps what they do wrong from ending a run.
- `request_id`: names of attempts in a service's log; `strict_json`: JSON from clients.
- `music01/`: the hosted engine; `sketch/`: the embedded one; `acestep/`: servers of ACE-Step.
- `rest/`: what engines behind HTTP share.

An engine knows nothing of specs, plans, ledgers or files of the project; what it keeps is in a
folder that it is given.
"""
