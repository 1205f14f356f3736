"""The pages of the bank, and of a pack that is being written."""
