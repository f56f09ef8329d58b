"""What may be read of requests and releases, and checks of files without data."""

from __future__ import annotations

import os
import stat
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Sum

from hygie.access.extracts import queries as extracts
from hygie.base.engine.node import Node
from hygie.base.kernel import refuse
from hygie.base.law import Preset
from hygie.secure.airlock import evidence
from hygie.secure.airlock.declaration import Output, read_outputs
from hygie.secure.airlock.models import Release, Request
from hygie.secure.airlock.values import TRANSITIONS, Check, OutputCheck, cleared, output_check
from hygie.secure.enclave import queries as enclave

if TYPE_CHECKING:
    from hygie.secure.airlock.checking import Judged

__all__ = ["TRANSITIONS", "View", "check_path", "files_released", "last_releases", "requests", "view"]


@dataclass(frozen=True)
class View:
    """A request as one reader may see it.

    Parameters
    ----------
    id, run, permit, author, state, preset : str
    content : str       the hash of what votes are about
    outputs : tuple[OutputCheck, ...]
    votes : tuple       (reviewer, agrees, comment) once all are in; before, only the reader's own
    waiting : int       votes that are in and still hidden
    undeclared : int    how many things the run left that its study does not declare; none was taken
    deleted_on : date   when its files, and where in them a rule found something, were deleted with the permit's data
    """

    id: str
    run: str
    permit: str
    author: str
    state: str
    preset: str
    content: str
    outputs: tuple[OutputCheck, ...]
    votes: tuple[tuple[str, bool, str], ...]
    waiting: int
    undeclared: int
    deleted_on: date | None = None

    def document(self) -> dict[str, Any]:
        """Return the view as JSON values."""
        return {
            "id": self.id,
            "run": self.run,
            "permit": self.permit,
            "author": self.author,
            "state": self.state,
            "preset": self.preset,
            "content": self.content,
            "outputs": [each.body() for each in self.outputs],
            "votes": [{"reviewer": name, "agrees": agrees, "comment": text} for name, agrees, text in self.votes],
            "votes_hidden": self.waiting,
            "undeclared": self.undeclared,
            "deleted_on": self.deleted_on.isoformat() if self.deleted_on else None,
        }


def view(node: Node, row: Request, *, reader: str, checker: bool) -> View:
    """Return a request as a reader may see it.

    Others' votes are seen once the decision has fallen; labels of places, and what is in the files, by checkers alone.
    Once the permit's data are deleted, everyone reads what the row has: rules, outcomes and counts of places.

    Errors   AIR-306 the checks are not those that votes are about
    """
    deleted = extracts.deleted_on(row.permit)
    outputs = [cleared(each) for each in row.outputs] if deleted else checks(node, row)
    votes = list(row.votes.filter(void=False))
    decided = row.state in ("approved", "refused", "released", "deleted")
    seen = [each for each in votes if decided or each.reviewer == reader]
    return View(
        row.id,
        row.run,
        row.permit,
        row.author,
        row.state,
        row.preset,
        row.content,
        tuple(each if checker else each.for_author() for each in outputs),
        tuple((each.reviewer, each.agrees, each.comment) for each in seen),
        len(votes) - len(seen),
        enclave.run(row.run).undeclared,
        deleted,
    )


def checks(node: Node, row: Request) -> list[OutputCheck]:
    """Return a request's checks as they were set down; AIR-306, AIR-319."""
    return [output_check(entry["check"]) for entry in evidence.entries(node, row)]


def requests(*, state: str | None = None) -> list[tuple[str, str, str]]:
    """Return requests as (id, run, state), in order of time; all, or those in one state."""
    rows = Request.objects.all() if state is None else Request.objects.filter(state=state)
    return [(row.id, row.run, row.state) for row in rows]


def releases_of(permit_id: str, *, last: int) -> list[dict[str, Any]]:
    """Return the records of a permit's last releases, the last first."""
    return [row.record for row in Release.objects.filter(permit=permit_id).order_by("-at", "-id")[:last]]


def files_of(record: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the names of the files that left with a release."""
    return tuple(str(each["file"]) for each in record["outputs"])


def count_releases(permit_id: str) -> int:
    """Return how often something left under a permit."""
    return Release.objects.filter(permit=permit_id).count()


def walk() -> Iterator[dict[str, Any]]:
    """Yield the records of releases in order of time, a few in memory at a time."""
    for row in Release.objects.iterator(chunk_size=200):
        yield row.record


def count_requests() -> Counter[str]:
    """Return how many requests there are in each state."""
    return Counter(dict(Request.objects.order_by().values_list("state").annotate(n=Count("id"))))


def last_releases(limit: int, start: int = 0) -> list[dict[str, Any]]:
    """Return the records of releases, the last first: so many, from a place on."""
    return [row.record for row in Release.objects.order_by("-at", "-id")[start : start + limit]]


def count_released() -> int:
    """Return how many releases there are."""
    return Release.objects.count()


def files_released() -> int:
    """Return how many files have left this node."""
    return int(Release.objects.aggregate(files=Sum("files"))["files"] or 0)


def check_path(path: Path, preset: Preset) -> tuple[OutputCheck, ...]:
    """Return the checks of a file, or of a folder with or without its `study.toml`, where there are no data.

    Parameters
    ----------
    path : Path        a file, or a folder whose declared (or, without study.toml, all) files are checked
    preset : Preset

    Errors   AIR-101 to AIR-103 the study.toml; AIR-204 the path is not there
    """
    from hygie.secure.airlock.checking import evaluate

    if not path.exists() and not path.is_symlink():
        raise refuse("AIR-204", file=path.name[:80])
    if path.is_dir() and not path.is_symlink():
        root, outputs = path, folder_outputs(path)
    else:
        root, outputs = path.parent, (guessed(path.name),)
    bad: list[OutputCheck] = []
    files: list[tuple[Output, bytes, Sequence[str]]] = []
    for output in outputs:
        data = ordinary(found_in(root, output.file), preset.max_bytes + 1)
        if data is None:
            check = Check("file", "AIR-204", "block")
            bad.append(OutputCheck(output.file, output.kind, output.title, "", 0, "declared only", (check,)))
        else:
            files.append((output, data, ()))
    judgements: list[Judged] = evaluate(files, preset)
    return (*bad, *(each.check for each in judgements))


def folder_outputs(folder: Path) -> tuple[Output, ...]:
    """Return a folder's outputs: those its study.toml declares, or every file in it by its ending."""
    study = folder / "study.toml"
    if study.is_file() and not study.is_symlink():
        try:
            return read_outputs(tomllib.loads(study.read_text("utf-8")).get("outputs", []))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise refuse("AIR-101", found=str(error)[:200]) from error
    names = sorted(
        str((Path(where) / name).relative_to(folder))
        for where, _, files in os.walk(folder, followlinks=False)
        for name in files
    )
    return tuple(guessed(name) for name in names)


def guessed(name: str) -> Output:
    """Return the output that a file without a declaration is taken for."""
    kind = {"csv": "table", "svg": "figure", "png": "figure"}.get(name.rpartition(".")[2], "text")
    return Output.model_construct(file=name, kind=kind)


def found_in(root: Path, name: str) -> Path:
    """Return where a declared file lies: beside study.toml, or in its `out` folder."""
    return root / "out" / name if not (root / name).exists() and (root / "out" / name).exists() else root / name


def ordinary(path: Path, limit: int) -> bytes | None:
    """Return an ordinary file's content up to a limit, following no link; None for anything else."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode) or os.fstat(handle).st_nlink > 1:
            return None
        return file.read(limit)
