"""A small library that edits .xlsx packages in place: see README.md.

In: the bytes of a workbook. Out: the same bytes but for the parts that were changed. It knows no
other room.
"""
