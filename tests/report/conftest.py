"""Fixtures of the pages."""

from tests.report.projects import listened

__all__ = ["listened"]
