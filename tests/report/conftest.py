"""Fixtures of the pages."""

from tests.report.browsing import browser
from tests.report.projects import listened

__all__ = ["browser", "listened"]
