"""Handing an album over: what stands in its audio and beside it, and what shops ask for.

Nearly all of it is pure: an `Album` in, bytes or text out, equal albums giving equal bytes. Only
`video` runs a program, and only `shops` reads files of the package.
"""
