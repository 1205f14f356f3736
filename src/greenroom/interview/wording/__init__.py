"""A chat model lends the interviewer its words: what it is told, what it may not say, and what is done when it says it all the same."""
