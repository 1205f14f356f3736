"""The pages of progress: the plots, the points of a topic, the night before."""
