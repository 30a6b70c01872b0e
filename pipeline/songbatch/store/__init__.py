"""The store: what is kept under `.songbatch/`, and the manifests beside the outputs.

- `blobs`: bytes by their digest: received audio and fetched references.
- `stock`: audio of this store, else of one that machines share; `claim_notes`: what this project
  has claimed there.
- `encodings`: what this machine made of songs that manifests record in other bytes.
- `measured`: measures of blobs, which save measuring them again.
- `conversions`: WAVs that were made of recordings, which save making them again.
- `ledger`, `ledger_records`: the durable record of what was asked, answered and uploaded.
- `manifest`, `manifest_records`: what a spec's outputs are; lies beside them and is meant to be
  committed. `indented` writes its JSON.
- `lock`: one run at a time; `group_commit`: one sync for all threads that wait for one.

Reaches files through `songbatch.files` only; asks no engine and decides nothing.
"""
