"""How Vietnamese is written: spelling, and the encodings of the time before Unicode.

In: text or pages as they came. Out: the same in Unicode, spelt one way.
"""
