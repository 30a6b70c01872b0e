"""All that only saves time: think it away, and everything is still right, only slower.

- `file_digests`: files that need not be read again; `up_to_date`: commands that had nothing to do.
  `file_index` is the one file in which both are kept, `observed` what a run adds to it.
- `fast_path` answers an up-to-date command at once, `printed` is what it prints.
- `compiled`, `compilations`: specs of which only the songs are read whose text changed.
- `probes`: format and duration of references.
- `cache_file`: what all these files have in common. An odd one counts as missing.

Touches nothing outside `.songbatch/` but to look at files of the project.
"""
