"""How tests are handed to workers: by file, the long ones first, lest one worker end alone with one of them."""

from xdist.scheduler import LoadFileScheduling
from xdist.workermanage import WorkerController

DESK = ("tests/journey/test_desk", "tests/journey/test_pages", "tests/journey/test_people")
LONG = (
    "desk",
    "tests/access/extracts/test_property.py",
    "tests/attacks/site/test_hostile_requests.py",
    "tests/node/site/test_api_contract.py",
    "tests/journey/test_demo.py",
    "tests/attacks/test_kill_extract.py",
    "tests/journey/test_tutorial.py",
    "tests/examples/test_studies.py",
    "tests/attacks/test_kill_ingest.py",
    "tests/access/cohorts/test_engines.py",
    "tests/node/site/test_postgres.py",
    "tests/journey/test_real_data.py",
    "tests/access/extracts/test_teeth.py",
    "tests/node/bench/test_site_bench.py",
    "tests/commons/people/test_policy.py",
    "tests/attacks/site/test_access.py",
    "tests/intake/lake/test_planted_faults.py",
    "tests/intake/lake/test_long_lines.py",
    "tests/access/extracts/test_encrypted.py",
)


class OneDesk(LoadFileScheduling):
    """Hands out tests by file, so that what they share is made once; those of the served desk as if one file."""

    def _split_scope(self, nodeid: str) -> str:
        return "desk" if nodeid.startswith(DESK) else super()._split_scope(nodeid)

    def _assign_work_unit(self, node: WorkerController) -> None:
        first = next((each for each in LONG if each in self.workqueue), None)
        if first:
            self.workqueue.move_to_end(first, last=False)
        super()._assign_work_unit(node)
