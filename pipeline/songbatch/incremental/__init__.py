"""All that only saves time: without it everything would still be right, only slower.

- `file_digests`: files that need not be read again; `up_to_date`: commands that had nothing to do;
  `file_index`: the one file in which both are kept; `observed`: what a run adds to it.
- `remembered`: the commands that it is for.
- `fast_path`: answers an up-to-date command at once; `printed`: what such a command prints.
- `compiled`: specs of which only the songs are read whose text changed; `plain_form`: which specs
  can be read so; `compiled_record`, `compilations`: how and where they are kept.
- `probes`: format and duration of references.
- `watching`: what differs from what a run saw, asked for again and again.

Writes nothing but caches in `.songbatch/`, looks at other files of the project only to see whether
they changed, and uses no network. A cache that is odd in any way counts as missing
(`songbatch.files.cache_file`).
"""
