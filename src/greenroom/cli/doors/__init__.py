"""Doors for others: the server for programs, and what the shell completes."""
