"""The labs: a real language model, opened up. What can be said about such models can be run here and looked at.

``transformer`` is the model, written to be read; ``tokenizer`` turns text into its tokens and back; ``checkpoint`` reads the files that
hold the weights; ``model`` fetches, finds and opens the one that the labs use. No torch, no network but for ``greenroom labs fetch``.
"""
