"""The store: what is kept under `.songbatch/`, and the manifests beside the outputs.

- `blobs`: bytes by their digest: received audio and fetched references.
- `ledger`: the durable record of what was asked, answered and uploaded.
- `manifest`: what a spec's outputs are; lies beside them and is meant to be committed.
- `lock`: one run at a time.

Reaches files through `songbatch.files` only; asks no engine and decides nothing.
"""
