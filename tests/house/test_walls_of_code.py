"""What may write, what may catch everything, what may open DuckDB, and what stays pure."""

import ast
import re

import pytest

from hygie.intake.placing.values import FREE
from tests.house.code import SOURCE, files, name_of, tree

WRITERS = {  # file -> why it may write past the Store
    "src/hygie/base/kernel/store.py": "the Store itself",
    "src/hygie/base/engine/engine.py": "DuckDB writes encrypted files into the Store's drafts",
    "src/hygie/base/engine/check.py": "the engine's own check, on made-up rows",
    "src/hygie/base/keys/files.py": "the folder of keys; their files go through the Store",
    "src/hygie/base/keys/root.py": "the key file lies outside the node",
    "src/hygie/base/keys/shred.py": "overwrites and removes a key",
    "src/hygie/base/disclosure/optimal.py": "a solver's folder in memory",
    "src/hygie/intake/lake/moving.py": "a second name, in a draft, of a file that the Store wrote",
    "src/hygie/intake/linkage/moving.py": "a second name, in a draft, of a file that the Store wrote",
    "src/hygie/node/cli/register.py": "copies a public file into a handle of the Store",
    "src/hygie/node/moving/places.py": "copies into a handle of the Store",
    "src/hygie/node/home/opening.py": "a node is made in a draft folder and renamed",
    "src/hygie/secure/enclave/actions.py": "a study's template and dummy data, for its author",
    "src/hygie/secure/enclave/cgroup.py": "control groups of the kernel",
    "src/hygie/secure/enclave/seccomp.py": "the filter's program, in a file without a name",
    "src/hygie/secure/enclave/supervisor.py": "the sandbox's mounts are memory",
}
WRITING_FOLDERS = {
    "src/hygie/node/demo/": "a delivery is a hospital's, outside the node",
    "src/hygie/node/country/": "a country's deliveries are its holders', outside the node",
    "src/hygie/node/bench/": "benchmarks write into temporary folders",
}
WRITING_CALLS = {
    "write_text",
    "write_bytes",
    "mkdir",
    "makedirs",
    "touch",
    "unlink",
    "rename",
    "replace_file",
    "rmtree",
    "copyfile",
    "copyfileobj",
    "copytree",
    "copy2",
    "symlink_to",
    "hardlink_to",
    "to_csv",
    "to_parquet",
    "to_feather",
    "to_pickle",
    "write_parquet",
    "savefig",
    "extractall",
    "mkdtemp",
    "mkstemp",
    "NamedTemporaryFile",
    "TemporaryDirectory",
    "TemporaryFile",
}
OPENING = {"O_WRONLY", "O_RDWR", "O_CREAT", "O_APPEND", "O_TRUNC"}
GATELESS = {  # file -> why it names the gate that lets everything pass
    "src/hygie/base/kernel/__init__.py": "hands it on",
    "src/hygie/node/home/opening.py": "a node that is being made holds nothing",
    "src/hygie/node/cli/linkage_edge.py": "a holder's own folder, outside any node",
    "src/hygie/intake/placing/changing.py": "lays down what the Gate goes by",
    "src/hygie/intake/placing/standing.py": "keeps the verdicts themselves",
}
PASSING = {  # file -> the places it names for which the Gate asks nothing, and why these hold nobody's data
    "src/hygie/access/extracts/actions.py": (("?",), "an extract: the name of its place is another file's"),
    "src/hygie/base/keys/files.py": (("keys",), "wrapped keys"),
    "src/hygie/base/ledger/actions.py": (("ledger",), "facts, which name no person"),
    "src/hygie/intake/placing/changing.py": (("control",), "what is declared of the places"),
    "src/hygie/intake/placing/stating.py": (("register",), "public statements"),
    "src/hygie/node/cli/ledger.py": (("ledger",), "a proof"),
    "src/hygie/node/cli/register.py": (("register",), "the public register"),
    "src/hygie/node/cli/sovereignty_statement.py": (("ledger",), "a public statement with its proof"),
    "src/hygie/node/demo/hosting.py": (("lake",), "asks the Gate and writes nothing"),
    "src/hygie/node/home/opening.py": (("control",), "the node's settings"),
    "src/hygie/node/moving/records.py": (("moving",), "names, counts and hashes of what moves"),
    "src/hygie/public/register/document.py": (("register",), "the public register"),
    "src/hygie/secure/enclave/formulas.py": (("study",), "a study's code, sealed"),
    "src/hygie/secure/enclave/lives.py": (("control",), "an empty file whose lock says that a run lives"),
}
BORDERS = {"src/hygie/node/cli/main.py"}
PURE = ("values.py", "rules.py")
IMPURE = {"django", "os", "pathlib", "random", "secrets", "time", "duckdb", "ibis", "subprocess", "shutil"}


# who may take the UTC day of an instant, and why
UTC_DAYS = {
    "src/hygie/access/cohorts/oracle.py": "the data's own dates",
    "src/hygie/commons/sovereignty/knowledge/schema.py": "the day on which a fact was recorded, as its pack says it",
    "src/hygie/base/law/days.py": "it moves the instant to the country first",
    "src/hygie/node/bench/": "made-up times",
    "src/hygie/node/demo/": "made-up times",
    "src/hygie/node/cli/sovereignty.py": "a file is judged without a node, on the day of who asks",
    "src/hygie/public/register/rules.py": "a day that is written already",
}


def calls(path):
    return [node for node in ast.walk(tree(path)) if isinstance(node, ast.Call)]


def writes(call):
    """Whether a call opens a file for writing or changes a folder."""
    function = call.func
    if (function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")) in WRITING_CALLS:
        return True
    if any(isinstance(each, ast.Attribute) and each.attr in OPENING for part in call.args for each in ast.walk(part)):
        return True
    if any(copies_out(each) for each in call.args):
        return True
    opens = (isinstance(function, ast.Name) and function.id == "open") or (
        isinstance(function, ast.Attribute) and function.attr in ("open", "fdopen")
    )
    modes = [*call.args, *(keyword.value for keyword in call.keywords if keyword.arg == "mode")]
    return opens and any(
        isinstance(mode, ast.Constant)
        and isinstance(mode.value, str)
        and set(mode.value) & set("wax+")
        and len(mode.value) <= 3
        for mode in modes
    )


def copies_out(argument):
    """Whether an argument is SQL by which DuckDB writes a file."""
    texts = [
        each.value for each in ast.walk(argument) if isinstance(each, ast.Constant) and isinstance(each.value, str)
    ]
    return any(re.match(r"\s*(COPY|EXPORT)\s", text) for text in texts)


def test_only_the_store_writes():
    past = [
        f"{name_of(path)}:{call.lineno}"
        for path in files()
        if name_of(path) not in WRITERS and not name_of(path).startswith(tuple(WRITING_FOLDERS))
        for call in calls(path)
        if writes(call)
    ]
    assert not past


@pytest.mark.parametrize(
    "line",
    [
        "open(path, 'wb')",
        "path.open('a')",
        "os.open(path, os.O_WRONLY | os.O_CREAT)",
        "shutil.copyfileobj(source, target)",
        "frame.to_parquet(path)",
        "con.execute(f'COPY (SELECT 1) TO {path}')",
        "tempfile.NamedTemporaryFile()",
        "path.hardlink_to(other)",
    ],
)
def test_a_writer_past_the_store_would_be_seen(line):
    assert any(writes(each) for each in ast.walk(ast.parse(line)) if isinstance(each, ast.Call))


def test_every_store_asks_the_gate_of_its_node():
    """Who makes a Store hands it the node's own Gate, or is named here."""
    made, named = {}, set()
    for path in files():
        for each in ast.walk(tree(path)):
            if isinstance(each, ast.Call) and isinstance(each.func, ast.Name) and each.func.id == "Store":
                gate = ast.unparse(each.args[1])
                made.setdefault(name_of(path), []).append(gate)
            if isinstance(each, ast.Name | ast.alias) and "DeclaredGate" in (
                getattr(each, "id", ""),
                getattr(each, "name", ""),
            ):
                named.add(name_of(path))
    assert named == set(GATELESS)
    passed = {"node.store.gate", "at.node.store.gate", "gate"}
    others = {name: gates for name, gates in made.items() if not set(gates) <= passed}
    assert set(others) == set(GATELESS) - {"src/hygie/base/kernel/__init__.py"}
    assert "LeavingGate(gate, home)" in others["src/hygie/node/home/opening.py"], "an opened node has its Gate"


def passing(path):
    """The bytes of a file that the Gate lets pass wherever they lie: a free place, or synthetic without asking."""
    constants = {
        each.targets[0].id: each.value.value
        for each in tree(path).body
        if isinstance(each, ast.Assign)
        and isinstance(each.targets[0], ast.Name)
        and isinstance(each.value, ast.Constant)
    }
    for call in calls(path):
        if not (isinstance(call.func, ast.Name) and call.func.id == "Placement" and call.args):
            continue
        first = call.args[0]
        place = first.value if isinstance(first, ast.Constant) else constants.get(getattr(first, "id", ""), "?")
        flat = any(k.arg == "synthetic" and isinstance(k.value, ast.Constant) and k.value.value for k in call.keywords)
        flat |= len(call.args) > 1 and isinstance(call.args[1], ast.Constant) and call.args[1].value is True
        if place in FREE or place == "?" or flat:
            yield place


def test_who_passes_the_gate_whatever_the_place_is_named_here():
    """A free place, or a word that data are synthetic which nothing else says, would be a path around the Gate."""
    found = {name_of(path): sorted(passing(path)) for path in files() if uses_store(path)}
    assert {name: places for name, places in found.items() if places} == {
        name: list(places) for name, (places, _) in PASSING.items()
    }


def uses_store(path):
    """Whether a file has the Placement that a Store asks for, not the declared one of the rules."""
    return any(
        isinstance(each, ast.ImportFrom)
        and (each.module or "").startswith("hygie.base.kernel")
        and any(alias.name == "Placement" for alias in each.names)
        for each in ast.walk(tree(path))
    )


def test_the_writers_named_here_exist_and_write():
    for name in WRITERS:
        assert any(writes(call) for call in calls(SOURCE.parents[1] / name))


def test_only_the_outermost_border_catches_everything():
    broad = []
    for path in files():
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.ExceptHandler):
                caught = node.type
                names = {each.id for each in ast.walk(caught) if isinstance(each, ast.Name)} if caught else {"bare"}
                reraises = any(isinstance(each, ast.Raise) and each.exc is None for each in ast.walk(node))
                if names & {"Exception", "BaseException", "bare"} and not reraises:
                    broad.append(name_of(path))
    assert set(broad) <= BORDERS


def test_only_the_engine_opens_duckdb():
    opened = [
        name_of(path)
        for path in files()
        for call in calls(path)
        if isinstance(call.func, ast.Attribute)
        and call.func.attr == "connect"
        and isinstance(call.func.value, ast.Name)
        and call.func.value.id == "duckdb"
    ]
    assert {name for name in opened if not name.startswith("src/hygie/base/engine/")} <= {
        name for name in opened if name.startswith(("src/hygie/node/bench/", "src/hygie/node/demo/"))
    }


def test_only_one_module_speaks_to_a_bucket_and_it_asks_the_gate_first():
    """Bytes leave for a bucket from one function alone, whose first step is the Gate's."""
    modules = {
        name_of(path)
        for path in files()
        for each in ast.walk(tree(path))
        for name in (
            [alias.name for alias in each.names]
            if isinstance(each, ast.Import)
            else [each.module or ""]
            if isinstance(each, ast.ImportFrom)
            else []
        )
        if name.split(".")[0] in ("boto3", "botocore", "s3transfer")
    }
    assert modules == {"src/hygie/node/moving/buckets.py"}
    functions = {
        each.name: each
        for each in ast.walk(tree(SOURCE / "node" / "moving" / "buckets.py"))
        if isinstance(each, ast.FunctionDef)
    }
    sends = {"put_object", "create_multipart_upload", "upload_part", "upload_fileobj", "upload_file", "copy_object"}

    def called(names):
        return {
            name
            for name, function in functions.items()
            for call in ast.walk(function)
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr in names
        }

    assert called(sends) == {"send"} and called({"send"}) == {"put"}
    assert ast.unparse(functions["put"].body[1]) == "self.gate.ask(placement).check()"


def test_values_and_rules_are_pure():
    impure = []
    for path in files():
        if path.name not in PURE:
            continue
        for node in ast.walk(tree(path)):
            names = (
                [alias.name for alias in node.names]
                if isinstance(node, ast.Import)
                else [node.module or ""]
                if isinstance(node, ast.ImportFrom)
                else []
            )
            impure += [f"{name_of(path)}: {name}" for name in names if name.split(".")[0] in IMPURE]
    allowed = {"src/hygie/node/home/values.py: pathlib"}
    assert not [found for found in impure if found not in allowed and not found.endswith(": pathlib")]


def test_days_are_those_of_the_nodes_country():
    found = {
        name_of(path)
        for path in files(SOURCE)
        for call in calls(path)
        if isinstance(call.func, ast.Attribute) and call.func.attr == "date" and not call.args
    }
    assert not {name for name in found if not name.startswith(tuple(UTC_DAYS))}, "use node.today() or localdate()"
    assert not {name for name in UTC_DAYS if not any(each.startswith(name) for each in found)}
