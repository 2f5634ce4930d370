"""Bytes to cells.

In: the bytes of a file. Out: a `Workbook` of pages (grids of cells from A1) with what a reader sees
of them, or the reason why not.
"""
