"""`greenroom bank …`: the questions."""
