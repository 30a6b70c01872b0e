"""The embedded engine: a free draft of every song, after its reference and with its lyrics.

    upload ─▶ analysis ─▶ features, kept as a small JSON file
    lyrics ─▶ phonetics ─▶ compose (with the features) ─▶ voice, band ─▶ mix ─▶ codec ─▶ bytes

Equal requests give equal bytes: every choice is drawn from a generator seeded by the request, sums
run in a fixed order, and nothing looks at a clock, a thread or a hash seed. It may touch only the
folder that keeps its features, and no network. docs/sketch.md tells its users what it does,
docs/sketch-measured.md how, with figures. `outline` gives a song's score without its sound.
"""
