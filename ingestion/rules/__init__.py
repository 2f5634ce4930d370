"""The rule book and its verdicts.

In: parsed files. Out: judgements: findings at their cells, a fate for every row, a verdict for
every file.
"""
