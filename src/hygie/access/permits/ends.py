"""What follows where a permit is revoked or amended: the rooms behind it say so, and it is done in its transaction."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from hygie.base.engine.node import Node

Why = Literal["revoked", "amended", "expired"]
Follower = Callable[[Node, str, Why, str], None]
_followers: list[Follower] = []


def following(follower: Follower) -> Follower:
    """Register what is done with a permit's id, why it stands no more, and whose act that was."""
    _followers.append(follower)
    return follower


def ended(node: Node, permit_id: str, why: Why, *, actor: str) -> None:
    """Tell the rooms behind a permit that it stands no more.

    Source     Reg. (EU) 2025/327 arts 63(3), 68(13)
    """
    for follower in _followers:
        follower(node, permit_id, why, actor)
