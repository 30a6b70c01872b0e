"""Songs and voices whose truth is known, synthesised on the spot with numpy alone.

`sounds` has the instruments, `songs` arranges them in styles, `voices` sings. Nothing of the engine
is used here: it would hear itself.
"""
