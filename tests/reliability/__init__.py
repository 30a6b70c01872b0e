"""What is left when a run dies, the disk is full, or everything happens at once.

Every test here runs the real command against the contract server on loopback, and judges the
project's files and the server's records from outside (`books`). With the other tests run short
forms; these are the long ones:

    python -m tests.reliability.kill --kills 300 --seed 1     kill -9 at random moments
    python -m tests.reliability.crash_points                  kill at every file operation in turn
    python -m tests.reliability.service_crashes               the same at paid services
    python -m tests.reliability.many_jobs                     hundreds of jobs at once
    python -m tests.reliability.store_crashes                 kill at every write to a shared store
    python -m tests.reliability.team_kills --kills 100        kill -9 those who share one
    python -m tests.reliability.disk_full                     every amount of free space in turn
    pytest tests/reliability --hypothesis-profile=long        random histories of a project

Each but the last prints figures and exits 1 if anything is wrong. The one about space needs a
system that lets a user make a mount namespace (`unshare --user --map-root-user --mount`).
"""
