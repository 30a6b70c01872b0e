"""All that only saves time: think it away, and everything is still right, only slower.

- `file_index`, `observed`: digests of files that need not be read again, and commands that had
  nothing to do; `fast_path` answers such a command at once, `printed` is what it prints.
- `compiled`, `compilations`: specs of which only the songs are read whose text changed.
- `probes`: what references were found to be.

Whatever is odd about one of its files, the file counts as missing.
"""
