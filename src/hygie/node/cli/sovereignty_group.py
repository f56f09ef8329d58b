"""The whole group `hygie sovereignty`: each module adds its commands to the one group."""

from __future__ import annotations

from hygie.node.cli import sovereignty_declare as sovereignty_declare
from hygie.node.cli import sovereignty_migrate as sovereignty_migrate
from hygie.node.cli import sovereignty_statement as sovereignty_statement
from hygie.node.cli.sovereignty import app as app
