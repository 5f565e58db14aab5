"""What a store and an open write of it answer about hedges."""

from datetime import datetime
from typing import Any, Final

from otc.model.hedge import Child, Hedge, Parent, Switch, SwitchName
from otc.store import schema

_ORDER: Final = {"child": "number", "child_event": "number", "fill": "happened_at, fill_id", "parent_event": "number"}


class HedgeReads:
    """Mixed into whoever can ask the tables."""

    def _ask(self, sql: str, **parameters: object) -> list[dict[str, Any]]:
        raise NotImplementedError

    def hedge(self, parent_id: str) -> Hedge | None:
        """All that is kept of one parent; None where there is none."""
        found = self._ask("SELECT * FROM parent WHERE parent_id = $parent_id", parent_id=parent_id)
        return self._whole(schema.parent_of(found[0])) if found else None

    def open_hedges(self) -> list[Hedge]:
        """The hedges that are not done, oldest first."""
        ended = "SELECT parent_id FROM parent_event WHERE state = 'done'"
        rows = self._ask(f"SELECT * FROM parent WHERE parent_id NOT IN ({ended}) ORDER BY began_at, parent_id")
        return [self._whole(schema.parent_of(row)) for row in rows]

    def children_since(self, instant: datetime) -> list[Child]:
        """Every child that was intended after an instant, whatever became of it."""
        return [schema.child_of(row) for row in self._ask("SELECT * FROM child WHERE intended_at > $instant", instant=instant)]

    def parents(self, limit: int) -> list[Parent]:
        """The latest parents, newest first."""
        rows = self._ask("SELECT * FROM parent ORDER BY began_at DESC, parent_id LIMIT $limit", limit=limit)
        return [schema.parent_of(row) for row in rows]

    def switches(self) -> dict[SwitchName, Switch]:
        """The last word on each switch."""
        rows = self._ask("SELECT * FROM switch QUALIFY row_number() OVER (PARTITION BY name ORDER BY number DESC) = 1")
        return {switch.name: switch for switch in map(schema.switch_of, rows)}

    def _whole(self, parent: Parent) -> Hedge:
        of = parent.parent_id
        return Hedge(
            parent,
            tuple(map(schema.child_of, self._rows("child", of))),
            tuple(map(schema.child_event_of, self._rows("child_event", of))),
            tuple(map(schema.fill_of, self._rows("fill", of))),
            tuple(map(schema.parent_event_of, self._rows("parent_event", of))),
        )

    def _rows(self, table: str, parent_id: str) -> list[dict[str, Any]]:
        sql = f"SELECT * FROM {table} WHERE parent_id = $parent_id ORDER BY {_ORDER[table]}"
        return self._ask(sql, parent_id=parent_id)
