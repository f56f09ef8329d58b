"""Files and functions stay small enough to be read."""

from tests.house.code import ROOT, files, functions, name_of

FILE_LINES = 400
FUNCTION_LINES = 60


def test_files_hold_at_most_400_lines():
    long = {
        name_of(path): lines
        for path in [*files(), *files(ROOT / "tests"), *files(ROOT / "tools")]
        if (lines := len(path.read_text("utf-8").splitlines())) > FILE_LINES
    }
    assert not long


def test_functions_hold_at_most_60_lines():
    long = {
        f"{name_of(path)}:{function.name}": length
        for path in files()
        for function in functions(path)
        if (length := (function.end_lineno or 0) - function.lineno + 1) > FUNCTION_LINES
    }
    assert not long
