"""Pages to listen with: the listening page of outputs, and what the page of a diff shares with it.

Manifests, audio and selects → `Page` (gather) → one HTML file (html), whose scripts and styles lie
in static/ and are put into it whole. Nothing on a page is ever markup but what is written there.

It reads through the workspace and the store; it writes only selects, into the specs' folder, and
waveforms that it measured, into the store. It starts no server and sends nothing.
"""
