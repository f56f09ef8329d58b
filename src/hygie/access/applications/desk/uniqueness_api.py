"""What the API takes and gives of how many would be alone."""

from __future__ import annotations

from typing import Literal

from ninja import Field, Schema

from hygie.commons.web.schema import Body

Grain = Literal["none", "year", "month", "day"]


class UniquenessIn(Body):
    """A dataset that the application asks for."""

    dataset: str = Field(min_length=1, max_length=64, pattern=r"^[^\x00]*$")


class ShareOut(Schema):
    """A whole percent; null means less than `below` percent."""

    shown: int | None
    below: int


class SettingOut(Schema):
    """How fine birth, dates and place are seen."""

    birth: Grain
    dates: Grain
    location: Literal["none", "region", "full"]


class ToldOut(Schema):
    """For a setting, the share of persons alone in it, and that of persons in a group too small, these among them."""

    setting: SettingOut
    alone: ShareOut
    few: ShareOut


class PersonsOut(Schema):
    """A guarded count of persons: null means fewer than `below`; otherwise it is rounded to `base`."""

    shown: int | None
    below: int
    base: int


class UniquenessOut(Schema):
    """The setting as asked, then each in which something is one step coarser; empty where the persons are too few."""

    dataset: str
    persons: PersonsOut
    rows: list[ToldOut]
    group: int
    preset: str
    whole: bool
