"""Cells to typed rows, by the contracts in `contracts/`.

In: a `Workbook`. Out: a `ParsedFile`: head, rows, subtotals, and every non-blank row that is none
of these.
"""
