"""``room.prep.story`` and ``room.prep.asks``: what a person prepares with of their own."""
