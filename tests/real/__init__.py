"""Real servers that engines talk to, asked the same questions as their simulated ones.

Nothing here runs with the other tests, for it installs what the project does not need:

    python -m tests.real.acestep          the HTTP layer of ACE-Step 1.5, its model a stub
"""
