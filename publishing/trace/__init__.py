"""The address of a number: on which rows, files and cells a published figure rests.

In: a KPI of a table, a day, a holder. Out: `Trace`, whose lines add up to the figure exactly, or
the figures that it is worked out from. `touched` is the other way: what a file counts in.
"""

from publishing.trace.facts import FACTS, trace_fact
from publishing.trace.figures import HOLDERS, NamedRow, Touched, named_rows, touched, trace
from publishing.trace.standing import Line, Part, Trace, TraceRefused

__all__ = [
    "FACTS",
    "HOLDERS",
    "Line",
    "NamedRow",
    "Part",
    "Touched",
    "Trace",
    "TraceRefused",
    "named_rows",
    "touched",
    "trace",
    "trace_fact",
]
