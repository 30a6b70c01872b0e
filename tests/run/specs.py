"""Specs that the tests of runs share."""

SONG = """\
version: 1
title: Demo EP
engine: music-01
references:
  river: {file: references/river.mp3, purpose: song}
defaults:
  reference: river
songs:
  first:
    lyrics: |
      Down by the river we sing,
      morning is all that we bring.
  second:
    lyrics: |
      Up on the hill there is light.
"""
