"""Demands of shops, as data: a file for each, and those that a project has of its own.

- `files`: which there are, and how one is read; `finding` takes the one of a name, `shop` is what
  one says.
- `requirements`: an album and its files against one; `quantities` are what is looked at, `table`
  shows what came of it.
"""
