"""What an author is told of a file that cannot be used as it is: what is wrong, in plain words, and its cure."""
