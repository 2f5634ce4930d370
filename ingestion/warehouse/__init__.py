"""Verdicts to the warehouse.

In: judgements of a night. Out: rows of `raw` and `ops`, in one transaction; nights that are sealed
or say why not.
"""
