"""Which counts of people are hidden, so that nobody can work out one from 1 to 4.

What proves that a count is safe is another world: whole numbers for all that is hidden which agree
with everything that was let out, now or earlier, and with every law, and in which this count is 5
or more and at least 3 more than it is. Where there is none, the cheapest facts that make one
possible are hidden too.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array, eye_array, hstack, vstack

from publishing.outward.facts import ASSOCIATIONS, COMMUNES, DISTRICTS, Fact, Law

FEWEST = 5
"""A count of people below it, other than 0, is hidden."""
ROOM = 3
"""How many more people than there are must be possible: with it, four counts at least."""

LOSS: Mapping[tuple[str, str], int] = {
    (DISTRICTS, "participants"): 10_000,
    (COMMUNES, "participants"): 1_000,
    (DISTRICTS, "new_participants"): 30,
    (DISTRICTS, "lapsed_participants"): 20,
    (DISTRICTS, "left_participants"): 20,
    (DISTRICTS, "returned_participants"): 15,
    (DISTRICTS, "moved_in_participants"): 15,
    (DISTRICTS, "moved_out_participants"): 15,
    (DISTRICTS, "continuing_participants"): 10,
    (ASSOCIATIONS, "participants"): 10,
}
"""What readers lose with one figure, to be compared. A figure without an entry is a KeyError."""
_SEARCHES = ((2, 30), (4, 30), (None, 30), (None, 100_000))
"""Where another world is looked for: among the facts so many laws away (None: all), each moved by
at most so many people. The first is quick, and nearly always enough."""


def is_small(fact: Fact) -> bool:
    """Whether it must not be told."""
    return 1 <= fact.people < FEWEST


def choose_hidden(
    facts: Collection[Fact],
    laws: Collection[Law],
    told: Collection[Fact],
    hidden: Collection[Fact],
) -> set[Fact]:
    """What is hidden of `facts`, those of every version so far and of the new one.

    `told`: let out before, known for ever. `hidden`: hidden before, and hidden again. Counts of
    nobody are always told. Raises RuntimeError where a small count cannot be protected any more,
    because earlier versions tell it: a bug of ours, for they were chosen in the same way.
    """
    known = set(told)
    chosen = {
        fact
        for fact in facts
        if fact.people > 0
        and fact not in known
        and (is_small(fact) or not fact.is_written or fact in hidden)
    }
    worlds = _Worlds.of(facts, laws)
    pending = sorted(fact for fact in chosen if is_small(fact))
    pending = worlds.unprotected(pending, chosen)
    while pending:
        first = pending[0]
        world = worlds.cheapest(first, chosen, known)
        chosen |= world.moved
        pending = [fact for fact in pending if world.people[fact] < target(fact)]
        pending = worlds.unprotected(pending, chosen)
    return {fact for fact in chosen if fact.is_written}


def target(fact: Fact) -> int:
    """The count that must be possible."""
    return max(FEWEST, fact.people + ROOM)


@dataclass(frozen=True)
class _World:
    """Counts that agree with everything told. `moved`: those that are not as they are."""

    people: Mapping[Fact, int]
    moved: frozenset[Fact]


@dataclass(frozen=True)
class _Worlds:
    """The search for other worlds, over all facts (columns) and laws (rows)."""

    facts: list[Fact]
    laws: csr_array
    place: dict[Fact, int] = field(repr=False)

    @classmethod
    def of(cls, facts: Iterable[Fact], laws: Iterable[Law]) -> _Worlds:
        """In one order, whatever that of what is given."""
        ordered = sorted(facts)
        place = {fact: number for number, fact in enumerate(ordered)}
        rows, columns, factors = [], [], []
        laws = sorted(laws)
        for row, law in enumerate(laws):
            for fact, factor in law:
                rows.append(row)
                columns.append(place[fact])
                factors.append(factor)
        shape = (len(laws), len(ordered))
        return cls(ordered, csr_array((factors, (rows, columns)), shape=shape), place)

    def unprotected(self, pending: list[Fact], hidden: Collection[Fact]) -> list[Fact]:
        """Those that no world lifts to their target while only `hidden` may move. Many are lifted
        at once, until one world lifts none of those left; then each is tried alone."""
        while pending:
            world = self._highest(pending, hidden)
            left = [fact for fact in pending if world.people[fact] < target(fact)]
            if len(left) == len(pending):
                break
            pending = left
        found = []
        for number, fact in enumerate(pending):
            if self._highest([fact], hidden).people[fact] < target(fact):
                found.append(fact)
                # one is enough: what is hidden for it may protect those that follow
                return [*found, *pending[number + 1 :]]
        return found

    def _highest(self, lifted: list[Fact], hidden: Collection[Fact]) -> _World:
        """A world in which the sum of `lifted`, each counted up to its target, is greatest."""
        size, extra = len(self.facts), len(lifted)
        lowest, highest = self._bounds(hidden)
        columns = [self.place[fact] for fact in lifted]
        pick = csr_array((np.ones(extra), (range(extra), columns)), shape=(extra, size))
        no_more = hstack([-pick, eye_array(extra)])  # counted - people <= 0
        laws = hstack([self.laws, csr_array((self.laws.shape[0], extra))])
        world = self._try(
            cost=np.r_[np.zeros(size), -np.ones(extra)],
            rows=vstack([laws, no_more]),
            row_bounds=(
                np.r_[np.zeros(self.laws.shape[0]), np.full(extra, -np.inf)],
                np.zeros(self.laws.shape[0] + extra),
            ),
            bounds=(
                np.r_[lowest, np.zeros(extra)],
                np.r_[highest, [float(target(fact)) for fact in lifted]],
            ),
        )
        assert world is not None, "the counts as they are break a law"
        return world

    def cheapest(self, lifted: Fact, hidden: set[Fact], told: Collection[Fact]) -> _World:
        """The world that lifts this fact and moves, beside `hidden`, the facts whose loss is least
        in all."""
        may_move = {
            fact for fact in self.facts if fact not in told and fact.people > 0 and fact.is_written
        }
        size = len(self.facts)
        for steps, farthest in _SEARCHES:
            near = may_move if steps is None else may_move & self._around(lifted, steps)
            extra = sorted(near - hidden)
            pick = csr_array(
                (np.ones(len(extra)), (range(len(extra)), [self.place[fact] for fact in extra])),
                shape=(len(extra), size),
            )
            people = np.array([fact.people for fact in extra], dtype=float)
            loss = np.array([LOSS[f.cell.table, f.cell.column] for f in extra], dtype=float)
            lowest, highest = self._bounds({*hidden, *near})
            lowest[self.place[lifted]] = target(lifted)
            away = eye_array(len(extra)) * farthest
            laws = hstack([self.laws, csr_array((self.laws.shape[0], len(extra)))])
            nothing = np.zeros(self.laws.shape[0])
            world = self._try(
                cost=np.r_[np.zeros(size), loss],
                rows=vstack([laws, hstack([pick, away]), hstack([pick, -away])]),
                row_bounds=(
                    np.r_[nothing, people, np.full(len(extra), -np.inf)],
                    np.r_[nothing, np.full(len(extra), np.inf), people],
                ),
                bounds=(
                    np.r_[lowest, np.zeros(len(extra))],
                    np.r_[highest, np.ones(len(extra))],
                ),
            )
            if world is not None:
                return world
        raise RuntimeError(
            f"what was let out earlier tells {lifted.cell.column} of {lifted.cell.place} on {lifted.cell.day}"
        )

    def _around(self, fact: Fact, steps: int) -> set[Fact]:
        """The facts that so many laws lead to."""
        links = abs(self.laws)
        reached = np.zeros(len(self.facts))
        reached[self.place[fact]] = 1
        for _ in range(steps):
            reached = links.T @ (links @ reached > 0) + reached
        return {self.facts[number] for number in np.flatnonzero(reached)}

    def _bounds(self, may_move: Collection[Fact]) -> tuple[np.ndarray, np.ndarray]:
        """Lowest and highest count of each fact. Who reads that a count is hidden knows that it is
        not 0."""
        lowest = np.array([fact.people for fact in self.facts], dtype=float)
        highest = lowest.copy()
        for fact in may_move:
            lowest[self.place[fact]] = 1.0
            highest[self.place[fact]] = np.inf
        return lowest, highest

    def _try(
        self,
        cost: np.ndarray,
        rows: csr_array,
        row_bounds: tuple[np.ndarray, np.ndarray],
        bounds: tuple[np.ndarray, np.ndarray],
    ) -> _World | None:
        """The best world of an integer program, checked in whole numbers; None where there is
        none."""
        done = milp(
            c=cost,
            integrality=np.ones(len(cost)),
            bounds=Bounds(*bounds),
            constraints=LinearConstraint(csr_array(rows), *row_bounds),
        )
        if done.status == 2:
            return None
        if done.x is None:
            raise RuntimeError(f"the solver gave up: {done.message}")
        size = len(self.facts)
        people = np.rint(done.x[:size]).astype(np.int64)
        low, high = bounds[0][:size], bounds[1][:size]
        sound = not (self.laws.astype(np.int64) @ people).any()
        if not sound or (people < low).any() or (people > high).any():
            raise RuntimeError("the solver's world breaks a law")
        counts = dict(zip(self.facts, people.tolist(), strict=True))
        return _World(
            counts, frozenset(f for f in self.facts if counts[f] != f.people and f.is_written)
        )
