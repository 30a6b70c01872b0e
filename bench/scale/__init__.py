"""How songbatch behaves with many songs, next to tools and clients that do the same.

    python -m bench.scale COMMAND --help

Everything runs here: the real command, in processes of its own, against a server on loopback that
answers like the hosted one after a set time. Figures are ratios within one run.
"""
