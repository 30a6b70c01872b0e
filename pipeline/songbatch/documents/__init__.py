"""Documents that people write: YAML with the place of every value, schemas, codes of mistakes.

Text in, nodes and diagnostics out; `songbatch.yaml`, `selects.yaml` and `config.yaml` are read to
the end here. The only importer of yaml and jsonschema. Opens no file of a project.
"""
