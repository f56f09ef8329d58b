"""What other rooms call is typed, documented, and its examples run."""

import ast
import doctest
import importlib

import pytest

from tests.house.code import SOURCE, files, functions, name_of, tree

SPOKEN = ("values.py", "rules.py", "actions.py")
BASE = SOURCE / "base"


def spoken_files():
    return [path for path in files() if path.name in SPOKEN or path.is_relative_to(BASE)]


def public(path):
    """Functions at the top of a file and public methods of public classes."""
    body = tree(path).body
    classes = [node for node in body if isinstance(node, ast.ClassDef) and not node.name.startswith("_")]
    candidates = [*body, *(node for each in classes for node in each.body)]
    return [
        node for node in candidates if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name[0] != "_"
    ]


def test_public_functions_say_what_they_do():
    silent = [
        f"{name_of(path)}:{function.name}"
        for path in spoken_files()
        for function in public(path)
        if not ast.get_docstring(function)
    ]
    assert not silent


def test_every_file_says_what_it_is_for():
    silent = [name_of(path) for path in files() if path.name != "__init__.py" and not ast.get_docstring(tree(path))]
    assert not silent


def test_every_function_is_typed():
    untyped = []
    for path in files():
        for function in functions(path):
            arguments = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
            named = [argument for argument in arguments if argument.arg not in ("self", "cls")]
            if (function.returns is None and function.name != "__init__") or any(
                argument.annotation is None for argument in named
            ):
                untyped.append(f"{name_of(path)}:{function.name}")
    assert not untyped


def modules_with_examples():
    return [
        name_of(path).removeprefix("src/").removesuffix(".py").replace("/", ".")
        for path in files()
        if ">>> " in path.read_text("utf-8")
    ]


@pytest.mark.parametrize("module", modules_with_examples())
def test_examples_run(module):
    outcome = doctest.testmod(importlib.import_module(module), optionflags=doctest.ELLIPSIS)
    assert outcome.attempted
    assert not outcome.failed
