"""The shared store: what machines and people who work on the same songs share, each song paid once.

- `address`: addresses of shared stores, as people write them
- `answers`: answers, and the audio they name
- `beats`: signs of life of runs, and who is dead
- `buckets`: buckets as stores, by obstore
- `claims`: being the one that asks
- `endpoints`: where buckets are asked, and over what
- `folders`: folders and network drives as stores
- `garbage`: what nobody names any more
- `names`: the layout
- `notes`: what is written, as JSON, and how strictly it is read
- `objects`: what is needed of a folder or a bucket
- `opening`: from an address to its objects
- `probe`: the test of conditional writes
- `seals`: notes that only the owner of an account can have written
- `shared_store`: all of it, as one run uses it
- `songs`: who asks for a song, and who has it
- `survey`: who is at work, and how much there is
- `sweeping`: what any run clears away
- `trouble`: errors
- `uploads`: references that one machine uploads for all of an account
"""
