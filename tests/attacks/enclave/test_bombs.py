"""Each bound stops its bomb and is named; with the bound taken away the bomb goes further."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from hygie.node.home.opening import study_python
from hygie.secure.enclave.job import Job, Limits
from hygie.secure.enclave.launcher import launch

pytestmark = pytest.mark.attack

LIMITS = Limits(
    cpus=1, memory_mb=192, seconds=20, cpu_seconds=20, scratch_mb=16, output_mb=8, processes=32, files=40, text_kb=64
)


def run(code, *without, script="bomb.py", **bounds):
    """Run a bomb; return how it ended and what it left."""
    left = {}

    def take(name, piece, last):
        left.setdefault(name, bytearray()).extend(piece)

    job = Job(
        f"bomb-{time.monotonic_ns()}",
        ("python", "-S", script),
        [(script, [code.encode()])],
        [],
        Limits(**{**LIMITS.__dict__, **bounds}),
        ("count", "done", "big.csv", "seen", *(f"file-{number:05d}" for number in range(300))),
        synthetic=True,
        without=frozenset(without),
    )
    return launch(study_python(), job, take), left


FORKS = """
import os, time
count = 0
for _ in range(120):
    try:
        if os.fork() == 0:
            time.sleep(3); os._exit(0)
        count += 1
    except OSError:
        break
open("/out/count", "w").write(str(count))
time.sleep(2)
raise SystemExit(count < 120)
"""


@pytest.mark.parametrize("groups", [[], ["groups"]], ids=["groups", "rlimits"])
def test_fork_bomb(groups):
    ended, left = run(FORKS, *groups)
    assert int(left["count"]) <= LIMITS.processes
    assert ended.stopped_by == "processes"


def test_without_the_bound_on_processes_the_bomb_forks_on():
    ended, left = run(FORKS, processes=0)
    assert int(left["count"]) == 120
    assert "processes" in ended.missing


MEMORY = """
import time
blocks = []
for number in range({mb}):
    blocks.append(bytearray(b"x" * (1 << 20)))
time.sleep(0.5)
open("/out/done", "w").write("done")
"""


@pytest.mark.parametrize("groups", [[], ["groups"]], ids=["groups", "watched"])
def test_memory_bomb(groups):
    ended, left = run(MEMORY.format(mb=600), *groups)
    assert "done" not in left
    assert ended.exit
    if not groups and "control group" in {wall.name: wall.by for wall in ended.standing}["memory"]:
        assert ended.stopped_by == "memory"


SHARED = """
import mmap, time
block = mmap.mmap(-1, 600 << 20)
for start in range(0, len(block), 4096):
    block[start] = 1
time.sleep(0.5)
open("/out/done", "w").write("done")
"""


def test_shared_memory_that_no_limit_of_a_process_counts_is_watched():
    ended, left = run(SHARED, "groups")
    assert "done" not in left
    assert ended.stopped_by == "memory"


def test_without_the_bound_on_memory_it_grows():
    ended, left = run(MEMORY.format(mb=600), memory_mb=0)
    assert left["done"] == b"done"
    assert "memory" in ended.missing


FILL = """
import os
size = 0
try:
    for number in range({files}):
        with open(f"{folder}/file-{{number:05d}}", "wb") as file:
            for _ in range({mb}):
                file.write(b"x" * (1 << 20)); file.flush(); size += 1
except OSError as error:
    print(error.errno); raise SystemExit(3)
"""


def test_filled_scratch():
    ended, _ = run(FILL.format(folder="/scratch", files=3, mb=10))
    assert (ended.exit, ended.stopped_by) == (3, "scratch")


def test_filled_shared_memory_folder():
    ended, _ = run(FILL.format(folder="/dev/shm", files=3, mb=10))
    assert ended.exit == 3


def test_filled_output_leaves_no_more_than_its_size():
    ended, left = run(FILL.format(folder="/out", files=30, mb=1))
    assert (ended.exit, ended.stopped_by) == (3, "out")
    assert sum(map(len, left.values())) <= LIMITS.output_mb << 20


def test_without_the_size_more_is_written():
    ended, _ = run(FILL.format(folder="/scratch", files=3, mb=10), scratch_mb=0)
    assert ended.exit == 0
    assert "disk" in ended.missing


def test_many_files():
    ended, left = run(FILL.format(folder="/out", files=300, mb=0))
    assert (ended.exit, ended.stopped_by) == (3, "out files")
    assert len(left) <= LIMITS.files


def test_without_the_number_more_files_are_made():
    ended, _ = run(FILL.format(folder="/out", files=300, mb=0), files=0)
    assert ended.exit == 0
    assert "files" in ended.missing


def test_sparse_file_of_a_terabyte():
    ended, left = run("import os\nf = open('/out/big.csv', 'wb')\nos.ftruncate(f.fileno(), 1 << 40)\n")
    assert ended.exit
    assert not any(left.values())


FLOOD = "import sys\nfor _ in range(50):\n    sys.stdout.write('x' * (1 << 20)); sys.stdout.flush()\n"


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_flood_of_text(stream):
    ended, _ = run(FLOOD.replace("stdout", stream))
    assert ended.stopped_by == "text"
    assert len(ended.texts[stream]) == LIMITS.text_kb * 1024


def test_without_the_cap_all_of_it_is_kept():
    ended, _ = run(FLOOD, text_kb=0)
    assert len(ended.texts["stdout"]) == 50 << 20
    assert "text" in ended.missing


SPIN = "while True:\n    pass\n"


def test_spinning():
    ended, _ = run(SPIN, cpu_seconds=0.5)
    assert ended.stopped_by == "cpu"
    assert ended.used["cpu"] < 5


def test_without_the_bound_on_seconds_of_processor_it_spins_to_the_wall_clock():
    ended, _ = run(SPIN, cpu_seconds=0, seconds=4)
    assert ended.stopped_by == "wall"
    assert ended.used["cpu"] > 0.5
    assert "cpu" in ended.missing


def test_sleeping():
    ended, _ = run("import time\ntime.sleep(60)\n", seconds=1)
    assert ended.stopped_by == "wall"
    assert ended.used["wall"] < 3


def test_without_the_clock_it_sleeps_on():
    ended, _ = run("import time\ntime.sleep(3)\n", seconds=0)
    assert ended.exit == 0
    assert ended.used["wall"] > 2.9
    assert "wall" in ended.missing


DAEMON = """
import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        while True:
            time.sleep(0.1)
    os._exit(0)
time.sleep(0.2)
"""


def living(word):
    """Processes whose environment or words hold a word, zombies left out."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                words = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except OSError:
                continue
            if word in words:
                found.append((folder.name, words))
    return found


def test_daemon_does_not_outlive_the_study():
    ended, _ = run(DAEMON, script="daemon-that-must-die.py")
    assert ended.exit == 0
    assert not living("daemon-that-must-die.py")


def test_stop_is_asked_and_obeyed():
    asked = []

    def stop():
        asked.append(time.monotonic())
        return "permit PMT-000" if len(asked) > 2 else ""

    job = Job("stopped", ("python", "-c", "import time; time.sleep(60)"), [], [], LIMITS, synthetic=True)
    ended = launch(study_python(), job, lambda name, piece, last: None, stop=stop, every=0.2)
    assert ended.stopped_by == "permit PMT-000"
    assert ended.used["wall"] < 5


TWO = """
import os, time, pathlib
pathlib.Path("/scratch/mine").write_text("{me}")
pathlib.Path("/dev/shm/mine").write_text("{me}")
time.sleep(1)
seen = [name for name in os.listdir("/proc") if name.isdigit()]
words = "".join(pathlib.Path(f"/proc/{{pid}}/cmdline").read_text() for pid in seen)
here = pathlib.Path("/scratch/mine").read_text() + pathlib.Path("/dev/shm/mine").read_text()
pathlib.Path("/out/seen").write_text(f"{{here}} {{len(seen)}} {{words.count('bomb.py')}}")
"""


def test_two_studies_at_once_do_not_see_each_other():
    found = {}

    def one(me):
        _, left = run(TWO.format(me=me))
        found[me] = left["seen"].decode().split()

    threads = [threading.Thread(target=one, args=(me,)) for me in ("a", "b")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for me in ("a", "b"):
        here, processes, studies = found[me]
        assert here == me * 2
        assert int(processes) <= 3
        assert int(studies) == 1


KILLED = """
import sys
from pathlib import Path
from hygie.secure.enclave.job import Job
from hygie.secure.enclave.launcher import launch
job = Job(sys.argv[1], ("python", "-c", f"import time; mark = '{sys.argv[1]}'; time.sleep(60)"), [], [],
          synthetic=True, without=frozenset(sys.argv[3:]))
launch(Path(sys.argv[2]), job, lambda *words: None)
"""


def survivors(*without):
    """How many processes of a study live on after its launcher was killed."""
    mark = f"mark-{time.monotonic_ns()}"
    words = [sys.executable, "-c", KILLED, mark, str(study_python()), *without]
    launcher = subprocess.Popen(words)
    deadline = time.monotonic() + 15
    while not any("time.sleep(60)" in line and "launch" not in line for _, line in living(mark)):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    launcher.send_signal(signal.SIGKILL)
    launcher.wait()
    deadline = time.monotonic() + 3
    while living(mark) and time.monotonic() < deadline:
        time.sleep(0.05)
    left = living(mark)
    for pid, _ in left:
        os.kill(int(pid), signal.SIGKILL)
    return len(left)


def test_killed_launcher_leaves_no_survivor():
    assert survivors() == 0


def test_without_that_wall_the_study_lives_on():
    assert survivors("death") > 0
