"""How a checker sees an output: marks in their cells, pictures cleaned, nothing that acts."""

from hygie.secure.airlock import rendering
from hygie.secure.airlock.values import Check, OutputCheck
from tests.secure.airlock.conftest import declared

CSV = b"exposed,sex,n\nTrue,male,3\nFalse,male,50\nAll,male,[hidden]\n"


def check(file="table.csv", kind="table", checks=()):
    return OutputCheck(file, kind, "t", "0", 1, "recomputed", tuple(checks))


def test_a_failing_cell_is_marked_in_place_and_no_other():
    entry = {
        "declaration": declared().declaration(),
        "findings": [
            [["True", "male"], "n", "threshold", "block", 3.0, 8.0],
            [["gone", "male"], "", "missing", "block", 0, 0],
        ],
    }
    made = rendering.rendered(entry, CSV, check())
    assert made.header == (("exposed", False), ("sex", False), ("n", True))
    marked = [(cell.text, cell.tone, cell.marks[0].fix) for row in made.rows for cell in row if cell.marks]
    assert marked == [("3", "stop", "hide")]
    assert made.rows[2][2].hidden
    assert made.unplaced == ("gone × male",)


def test_a_total_and_true_in_another_spelling_are_found():
    findings = [[[None, "male"], "n", "total", "block", 0, 5], [["True", "male"], "n", "threshold", "block", 3, 8]]
    entry = {"declaration": declared().declaration(), "findings": findings}
    made = rendering.rendered(entry, CSV.replace(b"True", b"true"), check())
    assert [[len(cell.marks) for cell in row] for row in made.rows] == [[0, 0, 1], [0, 0, 0], [0, 0, 1]]


def test_a_table_that_is_declared_only_is_marked_by_line():
    body = {"file": "estimate.csv", "kind": "table", "title": "t"}
    found = check("estimate.csv", checks=[Check("threshold", "AIR-243", "block", 8, 1, ("line 3, n",))])
    made = rendering.rendered({"declaration": body}, b"term,n\na,20\nb,3\n", found)
    assert [[len(cell.marks) for cell in row] for row in made.rows] == [[0, 0], [0, 1]]


def test_a_picture_that_acts_is_never_handed_out():
    good = b'<svg xmlns="http://www.w3.org/2000/svg"><circle r="1"/></svg>'
    assert rendering.shown_picture("plot.svg", good).startswith(b"<?xml")
    for bad in (
        b'<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>',
        b'<svg xmlns="http://www.w3.org/2000/svg" onload="x()"/>',
        b'<svg xmlns="http://www.w3.org/2000/svg"><image href="http://a.example/"/></svg>',
        b"<html></html>",
    ):
        assert rendering.shown_picture("plot.svg", bad) == b""
        assert rendering.rendered({}, bad, check("plot.svg", "figure")).picture == ""
    assert rendering.shown_picture("plot.png", b"\x89PNG") == b""
    assert rendering.shown_picture("plot.html", good) == b""


def test_a_text_is_text_and_a_broken_table_too():
    assert rendering.rendered({}, b"<b>no</b>", check("note.md", "text")).text == "<b>no</b>"
    entry = {"declaration": declared().declaration()}
    assert rendering.rendered(entry, b"a,b\n1\n", check()).text == "a,b\n1\n"
    assert rendering.rendered({}, b"\xff\xfe", check("note.md", "text")) == rendering.Rendered()
