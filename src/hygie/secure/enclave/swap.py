"""Whether memory could be written to a disk in clear."""

from __future__ import annotations

from pathlib import Path


def swap_state(swaps: Path = Path("/proc/swaps"), devices: Path = Path("/sys/class/block")) -> str:
    """Return what keeps swapped memory from lying on a disk in clear, empty when nothing does.

    Parameters
    ----------
    swaps : Path     the kernel's list of swap areas
    devices : Path   where the kernel describes block devices
    """
    areas = [line.split()[0] for line in swaps.read_text().splitlines()[1:] if line.strip()]
    if not areas:
        return "no swap"
    kinds = {kind(Path(area), devices) for area in areas}
    return "" if "" in kinds else f"swap in {' and '.join(sorted(kinds))}"


def kind(area: Path, devices: Path) -> str:
    """Return `memory` for zram, `an encrypted device` for dm-crypt, empty otherwise."""
    name = area.resolve().name
    if name.startswith("zram"):
        return "" if backed(devices / name / "backing_dev") else "memory"
    uuid = devices / name / "dm" / "uuid"
    return "an encrypted device" if uuid.exists() and uuid.read_text().startswith("CRYPT-") else ""


def backed(file: Path) -> bool:
    """Return whether a zram device writes to a disk behind it."""
    return file.exists() and file.read_text().strip() not in {"", "none"}
