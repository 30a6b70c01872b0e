"""Heads of HTTP responses, as every client of this program reads them. Opens no connection."""
