"""Answering aloud in the browser, and being asked aloud."""
