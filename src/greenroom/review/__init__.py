"""What comes back, and how far one has come."""

AT_ONCE = 10
"""Points of one review, and of one day where more are due than that: a quarter of an hour, or what a person still does with care."""
