"""The engines that turn a request into audio, one module or folder each.

`base` is the seam; `catalog` lists what there is and opens it. An engine knows nothing of specs,
plans, ledgers or files of the project.
"""
