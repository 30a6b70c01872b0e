"""Tests of runs on real schedulers and workers of dask, on loopback."""
