"""Pages to listen with: the listening page of outputs, and what the page of a diff shares with it.

Manifests, audio and selects → `Page` (gather) → one HTML file (html), whose scripts and styles lie
in static/ and are put into it whole. Nothing on a page is ever markup but what is written there.
"""
