"""The embedded engine: a free draft that follows its reference and sings the words.

    upload ─▶ listen/ ─▶ Portrait, kept as a small JSON file
    lyrics ─▶ words ─▶ score (with the portraits) ─▶ singer, band ─▶ mix ─▶ codec ─▶ bytes

Equal requests give equal bytes: every choice is drawn from a generator seeded by the request, sums
run in a fixed order, and nothing looks at a clock, a thread or a hash seed. docs/sketch.md tells
what the engine is and is not.
"""
