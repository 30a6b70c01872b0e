"""From spec files to keyed renders: the one path that check, plan and render share.

Reads what the workspace and the store have; sends nothing and writes nothing.
"""
