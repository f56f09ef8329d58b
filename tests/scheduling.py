"""How tests are handed to workers."""

from xdist.scheduler import LoadFileScheduling

DESK = ("tests/journey/test_desk", "tests/journey/test_pages", "tests/journey/test_people")


class OneDesk(LoadFileScheduling):
    """Hands out tests by file, so that what they share is made once; those of the served desk as if one file."""

    def _split_scope(self, nodeid: str) -> str:
        return "desk" if nodeid.startswith(DESK) else super()._split_scope(nodeid)
