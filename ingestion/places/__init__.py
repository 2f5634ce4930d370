"""Which commune and which village an address means on a day.

In: an address as written, and a day. Out: the codes of commune and village, or why it cannot be
told.
"""
