"""What an album is handed over with: in the audio, beside it, and what shops ask for.

Nearly all of it is pure: an `Album` in, bytes or text out, equal albums giving equal bytes. Only
`video` runs a program, and only `shops` reads files of the package.
"""
