"""Speaking instead of typing, and being asked aloud. Nothing of it leaves the machine.

``heard`` and ``listener`` are the values and the seam; ``glossary``, ``cutting``, ``delivery`` and ``doubt`` are pure; ``whisper`` and
``speaker`` hold the models and run in a process of their own, begun by ``worker``. What is measured of delivery comes from the times of
words, never from the sound of a voice.
"""
