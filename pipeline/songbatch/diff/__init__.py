"""Now against then: what differs between the manifests of two times, and what it costs.

`git` is the only place that runs git; `compare`, `forecast` and `cost` are pure.
"""
