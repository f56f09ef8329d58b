"""The engine: the only place that opens DuckDB, and the node handle that actions are given."""

from hygie.base.engine.check import check_engine
from hygie.base.engine.engine import EncryptedFile, Engine, WrittenFile
from hygie.base.engine.node import Node
from hygie.base.engine.text import literal, name
from hygie.base.engine.walls import Walls

__all__ = ["EncryptedFile", "Engine", "Node", "Walls", "WrittenFile", "check_engine", "literal", "name"]
