"""A study's folder: its study.toml, its files read once, its content hash."""

from __future__ import annotations

import os
import re
import stat
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hygie.base.kernel import canonical, digest, refuse
from hygie.secure.enclave.values import LANGUAGES

LIMIT_MB = 32
MOST_FILES = 2000
MOST_OUTPUTS = 50
NOT_OURS = {"dummy", "out", ".git", "__pycache__", ".venv"}
PROGRAMS = {"python": "python", "r": "Rscript"}
TABLE = re.compile(r"([a-z0-9][a-z0-9._-]{0,63}/)?[a-z][a-z0-9_]{0,62}")
NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
KEYS = ("name", "command", "language", "inputs", "outputs", "parameters")
EXAMPLES = {"python": "analysis.py", "r": "analysis.R"}
BESIDE = "A study.toml beside the code; a study that is begun from the example has one."


@dataclass(frozen=True)
class Study:
    """A study as it is approved and run.

    Parameters
    ----------
    name : str
    command : tuple       its first word `python` or `Rscript`, as its language says
    language : str        `python` or `r`
    inputs : tuple        tables of the extract it wants to see
    outputs : tuple       what it declares of each output, as written
    files : Mapping       path in the folder -> content
    """

    name: str
    command: tuple[str, ...]
    language: str
    inputs: tuple[str, ...]
    outputs: tuple[Mapping[str, Any], ...]
    files: Mapping[str, bytes] = field(repr=False)

    @property
    def names(self) -> tuple[str, ...]:
        """The files that it declares as outputs."""
        return tuple(str(output["file"]) for output in self.outputs if "file" in output)

    @property
    def hash(self) -> str:
        """SHA-256 over the names and contents of all files."""
        return digest(canonical({name: digest(content) for name, content in self.files.items()}))


def read_study(folder: Path) -> Study:
    """Return the study in a folder; `dummy`, `out`, `.git`, `.venv` and `__pycache__` are not part of it.

    Parameters
    ----------
    folder : Path

    Errors   ENC-101 study.toml is missing or wrong; ENC-102 a link, a device, too large, too many files
    """
    return from_files(dict(contents(folder)))


def from_files(found: Mapping[str, bytes]) -> Study:
    """Return the study that files by path make up.

    Parameters
    ----------
    found : Mapping   path in the study -> content

    Errors   ENC-101 study.toml is missing or wrong
    """
    files = dict(sorted(found.items()))
    if "study.toml" not in files:
        raise refuse("ENC-101", found="There is no study.toml.", accepted=BESIDE)
    try:
        body = tomllib.loads(files["study.toml"].decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise refuse("ENC-101", found=str(error)[:200], accepted="A TOML file in UTF-8.") from error
    return parse(body, files)


def parse(body: Mapping[str, Any], files: Mapping[str, bytes]) -> Study:
    """Return the study that a study.toml describes.

    Errors   ENC-101
    """
    language = body.get("language", "python")
    if set(body) - set(KEYS):
        raise wrong(sorted(set(body) - set(KEYS))[0], f"Only {', '.join(KEYS)}.")
    if not isinstance(body.get("name"), str) or not NAME.fullmatch(body["name"]):
        raise wrong("name", "1 to 64 of a-z, 0-9, dot, dash, underscore.")
    if language not in LANGUAGES:
        raise wrong("language", f"One of {', '.join(LANGUAGES)}.")
    command = body.get("command")
    if not strings(command) or not command or command[0] != PROGRAMS[language] or len(command) < 2:
        raise wrong("command", f'A list of words such as ["{PROGRAMS[language]}", "{EXAMPLES[language]}"].')
    inputs = body.get("inputs")
    if not strings(inputs) or not inputs or not all(TABLE.fullmatch(name) for name in inputs):
        raise wrong("inputs", "A list of the extract's tables, at least one.")
    outputs = body.get("outputs", [])
    if not isinstance(outputs, list) or not all(isinstance(item, dict) for item in outputs):
        raise wrong("outputs", "[[outputs]] tables.")
    if len(outputs) > MOST_OUTPUTS:
        raise wrong("outputs", f"At most {MOST_OUTPUTS} outputs.")
    return Study(body["name"], tuple(command), language, tuple(dict.fromkeys(inputs)), plain(outputs), files)


def plain(outputs: list[Mapping[str, Any]]) -> tuple[Mapping[str, Any], ...]:
    """Return declarations as JSON values: dates as ISO 8601 text."""

    def value(found: Any) -> Any:
        if isinstance(found, Mapping):
            return {key: value(item) for key, item in found.items()}
        if isinstance(found, list):
            return [value(item) for item in found]
        return found.isoformat() if hasattr(found, "isoformat") else found

    return tuple(value(output) for output in outputs)


def strings(value: object) -> bool:
    """Return whether a value is a list of strings."""
    return isinstance(value, list) and all(isinstance(item, str) and "\0" not in item for item in value)


def wrong(key: str, accepted: str) -> Exception:
    """Return the refusal for one key of study.toml."""
    return refuse("ENC-101", path=f"$.{key[:40]}", found="This field is missing or wrong.", accepted=accepted)


def contents(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the folder's files by path, each read through a descriptor that follows no link.

    Errors   ENC-101 the folder is not there; ENC-102
    """
    if not folder.is_dir():
        raise refuse("ENC-101", found="There is no such folder.", accepted="A folder with a study.toml.")
    left, count = LIMIT_MB << 20, 0
    for where, folders, names, handle in os.fwalk(folder, follow_symlinks=False):
        top = Path(where) == folder
        folders[:] = sorted(name for name in folders if not (top and name in NOT_OURS) and name != "__pycache__")
        for name in folders:
            if stat.S_ISLNK(os.stat(name, dir_fd=handle, follow_symlinks=False).st_mode):
                raise unfit(f"“{name[:60]}” is a link.")
        for name in sorted(names):
            content = ordinary(handle, name, left)
            left, count = left - len(content), count + 1
            if count > MOST_FILES:
                raise unfit(f"It has more than {MOST_FILES} files.")
            yield str((Path(where) / name).relative_to(folder)), content


def ordinary(folder: int, name: str, limit: int) -> bytes:
    """Return the content of an ordinary file, at most `limit` bytes; ENC-102 for anything else."""
    try:
        handle = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
    except OSError as error:
        raise unfit(f"“{name[:60]}” cannot be read, or is a link.") from error
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise unfit(f"“{name[:60]}” is not an ordinary file.")
        content = file.read(limit + 1)
    if len(content) > limit:
        raise unfit("It is too large.")
    return content


def unfit(found: str) -> Exception:
    """Return the refusal for a folder that cannot be a study."""
    return refuse("ENC-102", found=found, limit=LIMIT_MB)
