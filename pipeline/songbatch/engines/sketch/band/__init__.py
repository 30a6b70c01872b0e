"""The band: a score's chords and the reference's drums → sound, on four buses."""
