"""Who interviews, and what they say: written by hand, a person a file. Never praise, never a verdict, no line twice in one interview."""
