"""Sharing what a run pays for with other machines, through the store that they share.

- `stores`: which store counts, and whether it may be used; `snapshot`: what is there of what is
  lacking here, for a plan.
- `claims`: what this project asks for, so that nobody else does; `elsewhere`: what others ask for;
  `pulling`: what they have got, before a run sends anything.
- `pushing`: what is here, made known; `pulled_outputs`: what is there, as outputs; `garbage`: what
  has to stay there.
"""
