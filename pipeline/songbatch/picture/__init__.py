"""Picture of a song: one SVG to look at, without scripts, fonts or anything from elsewhere.

    word, file ─▶ find ─▶ gather ─▶ subject ─▶ draw ─▶ SVG

- `find`: which song is meant, by its id, its output or the bytes of it.
- `subject`: what a picture shows, as data.
- `gather`: the subject of a recorded song: measured in its audio, and as its engine outlines it.
- `draw`: the whole picture; `overview`, `staves`, `word_lanes`, `line_list` and `spectrum` are its
  parts.
- `svg`: shapes and texts; `style`: sizes and colours.
- `kept`: pictures on disk: nothing else is overwritten.

What is measured is taken from the audio itself. What is not known is said, and never made up.
"""
