"""The singer with a network: notes with syllables → sound, for English.

The network is that of the package hibari-tts, which is installed by the extra `voice` and read as
data: none of its code runs, and no runtime for networks is needed. `package` finds its files,
`weights` reads them, `layers` and `network` compute, `phrase` says when every phone sounds,
`timbre` and `vocoder` make the sound, and `singer` puts it together. `reading` reads words that
no dictionary has. Every result is the same on every processor.
"""
