"""The desk as people meet it: the demonstration's node, served by `hygie serve`, looked at in Chromium."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

HYGIE = (sys.executable, "-m", "hygie.node.cli.main")
QUIET = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking")
QUIET += ("--disable-component-update", "--disable-sync", "--disable-extensions")
PHONE = {"width": 390, "height": 844}
SCREEN = {"width": 1280, "height": 900}


def chromium_path() -> str:
    """Return where Chromium is; skips by name without it, fails where everything is needed."""
    found = os.environ.get("HYGIE_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        if os.environ.get("HYGIE_TESTS_NEED_EVERYTHING"):
            pytest.fail("Chromium is missing: apt install chromium")
        pytest.skip("Chromium is missing: apt install chromium")
    return found


@dataclass(frozen=True)
class Desk:
    """A served node: where its site is, and its folder."""

    address: str
    home: Path


@dataclass
class Visitor:
    """A person before a browser, in one language."""

    browser: Browser
    address: str

    def page(self, language: str = "en", *, phone: bool = False, script: bool = True) -> Page:
        """Open a page of a new session."""
        context = self.browser.new_context(
            base_url=self.address, locale=language, viewport=PHONE if phone else SCREEN, java_script_enabled=script
        )
        context.set_default_timeout(20_000)
        return context.new_page()


@pytest.fixture(scope="session")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """The demonstration's node, served until the last test."""
    chromium_path()
    folder = tmp_path_factory.mktemp("desk") / "demo"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("HYGIE_TEST")}
    arguments = ["demo", "--persons", "500", "--folder", str(folder), "--no-serve"]
    made = subprocess.run([*HYGIE, *arguments], capture_output=True, text=True, env=environment, check=False)
    assert made.returncode == 0, made.stderr[-3000:]
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    log = (folder.parent / "serve.log").open("wb")
    serving = [*HYGIE, "--node", str(folder / "node"), "serve", "--port", str(port)]
    with subprocess.Popen(serving, stdout=log, stderr=log, env=environment) as process:
        try:
            wait_for(address, process)
            yield Desk(address, folder / "node")
        finally:
            process.terminate()
            process.wait(30)
            log.close()


def wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    """Wait until the site answers."""
    for _ in range(240):
        assert process.poll() is None, "the site ended before it began"
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.25)
    raise AssertionError("the site does not answer")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One Chromium for a file: its event loop, while it runs, keeps other tests of the process from the database."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=list(QUIET))
        yield browser
        browser.close()


@pytest.fixture
def visitor(desk: Desk, chromium: Browser) -> Iterator[Visitor]:
    """A person before the demonstration's site."""
    yield Visitor(chromium, desk.address)
    for context in chromium.contexts:
        context.close()
