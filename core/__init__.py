"""What every room needs, once: kinds of trouble, the data folder, the clock, words for fates,
locks, whole files, workers.

In: nothing of the product. Out: names that any room may import. It knows no other room.
"""
