"""Views of results: text for people, JSON for programs, progress on a terminal."""
