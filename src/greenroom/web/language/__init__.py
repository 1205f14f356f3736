"""The language of the interface: which one a request wants, its catalogue, and how it writes dates and numbers.

Only the web door speaks it. The domain knows no languages: what it says is English, and is translated here, at the edge, where its words
are fixed or have a clean template (``sentences.py``). What a person wrote, and what an interviewer asks, stays as it is.
"""
