"""What may write, what may catch everything, what may open DuckDB, and what stays pure."""

import ast

from tests.house.code import SOURCE, files, name_of, tree

WRITERS = {  # file -> why it may write past the Store
    "src/hygie/base/kernel/store.py": "the Store itself",
}
WRITING_FOLDERS = {
    "src/hygie/base/engine/": "DuckDB writes encrypted files into the Store's drafts",
    "src/hygie/base/keys/": "the key file lies outside the node",
    "src/hygie/node/demo/": "a delivery is a hospital's, outside the node",
    "src/hygie/node/bench/": "benchmarks write into temporary folders",
    "src/hygie/node/home/": "a node is made in a draft folder and renamed",
    "src/hygie/secure/enclave/": "the sandbox's mounts are memory",
}
WRITING_CALLS = {
    "write_text",
    "write_bytes",
    "mkdir",
    "touch",
    "unlink",
    "rename",
    "replace_file",
    "rmtree",
    "copyfile",
}
BORDERS = {"src/hygie/node/cli/main.py"}
PURE = ("values.py", "rules.py")
IMPURE = {"django", "os", "pathlib", "random", "secrets", "time", "duckdb", "ibis", "subprocess", "shutil"}


# who may take the UTC day of an instant, and why
UTC_DAYS = {
    "src/hygie/access/cohorts/oracle.py": "the data's own dates",
    "src/hygie/base/law/days.py": "it moves the instant to the country first",
    "src/hygie/node/bench/": "made-up times",
    "src/hygie/node/demo/": "made-up times",
    "src/hygie/node/home/opening.py": "the day on which a node was made, which nothing is counted from",
    "src/hygie/public/register/rules.py": "a day that is written already",
}


def calls(path):
    return [node for node in ast.walk(tree(path)) if isinstance(node, ast.Call)]


def writes(call):
    """Whether a call opens a file for writing or changes a folder."""
    function = call.func
    if isinstance(function, ast.Attribute) and function.attr in WRITING_CALLS:
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


def test_only_the_store_writes():
    past = [
        f"{name_of(path)}:{call.lineno}"
        for path in files()
        if name_of(path) not in WRITERS and not name_of(path).startswith(tuple(WRITING_FOLDERS))
        for call in calls(path)
        if writes(call)
    ]
    assert not past


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
