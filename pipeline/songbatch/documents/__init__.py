"""Documents that people write: YAML with the place of every value, schemas, codes of mistakes.

Text in, nodes and diagnostics out; `songbatch.yaml`, `selects.yaml` and `config.yaml` are read to
the end here. The only importer of yaml and jsonschema. Of files it opens only the schemas shipped
with it and the user's `config.yaml`, never one of a project.
"""
