"""Now against then: what differs between the manifests of two times, and what it costs.

`git` is the only place that runs git; `baseline` reads manifests through it or from text;
`compare`, `forecast`, `cost` and `report` are pure. Nothing is sent, and nothing in the project is
written.
"""
