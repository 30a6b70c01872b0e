"""From spec files to keyed renders: the one path that check, plan and render share.

It reads spec files and references through the workspace, the store and the caches of what was read
before; it sends nothing, and writes nothing itself.
"""
