"""Which row of the route table a method and a path mean. Pure: a few dictionary look-ups a request."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Generic, Protocol, TypeVar

from netraven_contracts.errors import MethodNotAllowed, NotFound


class Row(Protocol):
    """What a router needs of a route; `path` is written like /devices/{device_id}/status."""

    @property
    def method(self) -> str:
        """GET, POST, …"""

    @property
    def path(self) -> str:
        """As it stands in the table."""


R = TypeVar("R", bound=Row)


class _Node(Generic[R]):
    __slots__ = ("child", "children", "name", "rows")

    def __init__(self) -> None:
        self.children: dict[str, _Node[R]] = {}
        self.child: _Node[R] | None = None
        self.name = ""
        self.rows: dict[str, R] = {}


class Router(Generic[R]):
    """Finds rows. A fixed segment goes before a named one; one slash more at the end changes nothing."""

    def __init__(self, rows: Iterable[R]) -> None:
        self._root: _Node[R] = _Node()
        for row in rows:
            self._add(row)

    def _add(self, row: R) -> None:
        node = self._root
        for segment in row.path.split("/")[1:]:
            node = self._descend(node, segment)
        if row.method in node.rows:
            raise ValueError(f"{row.method} {row.path} stands twice in the route table")
        node.rows[row.method] = row

    @staticmethod
    def _descend(node: _Node[R], segment: str) -> _Node[R]:
        if not segment.startswith("{"):
            return node.children.setdefault(segment, _Node())
        node.child = node.child or _Node()
        node.name = node.name or segment[1:-1]
        if node.name != segment[1:-1]:
            raise ValueError(f"{{{node.name}}} and {segment} stand in the same place of two paths")
        return node.child

    def find(self, method: str, path: str) -> tuple[R, Mapping[str, str]]:
        """The row for `method` and `path` (decoded, with its leading slash), and the named segments.

        HEAD finds what GET finds. Raises NotFound, or MethodNotAllowed with {"allow": [...]}.
        """
        node, values = self._node(path)
        row = node.rows.get("GET" if method == "HEAD" else method)
        if row is None:
            allowed = _methods(node)
            raise MethodNotAllowed(f"This path knows {', '.join(allowed)}", {"allow": allowed})
        return row, values

    def allowed(self, path: str) -> list[str]:
        """The methods that `path` knows, HEAD and OPTIONS among them. Raises NotFound."""
        return _methods(self._node(path)[0])

    def _node(self, path: str) -> tuple[_Node[R], dict[str, str]]:
        segments = path.split("/")[1:]
        if len(segments) > 1 and not segments[-1]:
            segments.pop()
        values: dict[str, str] = {}
        node = self._walk(self._root, segments, 0, values)
        if node is None:
            raise NotFound("There is nothing under this path")
        return node, values

    def _walk(self, node: _Node[R], segments: list[str], at: int, values: dict[str, str]) -> _Node[R] | None:
        if at == len(segments):
            return node if node.rows else None
        fixed = node.children.get(segments[at])
        found = self._walk(fixed, segments, at + 1, values) if fixed else None
        if found is None and node.child is not None and segments[at]:
            found = self._walk(node.child, segments, at + 1, values)
            if found is not None:
                values[node.name] = segments[at]
        return found


def _methods(node: _Node[R]) -> list[str]:
    known = set(node.rows) | {"OPTIONS"} | ({"HEAD"} if "GET" in node.rows else set())
    return sorted(known)
