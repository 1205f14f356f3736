"""Preparing in the browser."""
