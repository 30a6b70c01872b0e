"""From songs to masters: levels, fades, joins, dither, files. Loads numpy and the codecs.

It knows sounds, numbers and bytes; where a song comes from and where a master goes is for
`songbatch.handover`. Equal songs and settings give equal samples on every processor.

- `decoding`: a song as it was received, and any file of a package, to sound
- `meter`: loudness by ITU-R BS.1770, true peak, silence at the ends
- `true_peak`: what lies between samples
- `gains`: which gain each track gets, and what holds it back
- `limiter`: holds peaks down, ahead of them
- `fades`: fades and the curves of cross-fades
- `quantising`: to 16 bits with dither, to 24 without
- `timeline`: where each track stands on the album
- `whole`: the album as one sound
- `encoding`: sound to WAV, FLAC, MP3 and Opus
- `gapless`: what tells players where the sound of an MP3 begins and ends
- `ogg`: Opus files with equal bytes for equal sound
"""
