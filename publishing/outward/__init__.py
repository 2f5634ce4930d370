"""A version for outside: whole months, no person's work, and no count of 1 to 4 people that could
be worked out, alone or beside every outward version before it (docs/decisions/0022).

What goes in: the version published now, and the folder of outward versions. What comes out: one
more version in that folder, or none when it would say the same.
"""

from publishing.outward.release import Outward, publish_outward

__all__ = ["Outward", "publish_outward"]
