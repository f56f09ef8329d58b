"""Take the screenshots of the docs: plays the demonstration, serves it, and looks at its pages in Chromium."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from itertools import product
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "docs" / "screenshots"
HYGIE = [sys.executable, "-m", "hygie.node.cli.main"]
SIZES = {"screen": {"width": 1280, "height": 860}, "phone": {"width": 390, "height": 844}}
VIEWS = {("en", "screen"): "", ("fr", "screen"): "", ("en", "phone"): ".phone", ("fr", "phone"): ".phone"}
# name, account (nobody: the public), address or the link to follow from it, what the page is
PAGES = (
    ("home", "", "/", "What this space holds, who may use it, what left it"),
    ("dataset", "", "/catalogue/chu-demo/", "A dataset: measured, not typed"),
    ("catalogue", "", "/catalogue/", "The catalogue of a country: what there is, and what it is worth"),
    (
        "variable",
        "",
        "/catalogue/snds-synthetic/variables/snds_er_prs_f.prs_nat_ref/",
        "A variable: its values in words, guarded",
    ),
    (
        "quality",
        "",
        "/catalogue/snds-synthetic/quality/",
        "The quality of the claims: what was checked, what to fix first",
    ),
    ("register", "", "/register/", "The public register: every application from its reception"),
    ("figures", "", "/register/figures/", "Open figures, computed from events"),
    ("places", "", "/sovereignty/", "Where the data lie: places and verdicts"),
    (
        "places-days",
        "",
        "/sovereignty/#days",
        "The days on which a verdict turned, and a slider over them",
    ),
    (
        "places-chain",
        "",
        "/sovereignty/what-if/?host=azure-eu#chain",
        "What if a host owned from abroad held them: the chain, its breaking path marked",
    ),
    (
        "places-changes",
        "",
        "/sovereignty/changes/?since=2020-07-15&as_of=2020-07-17",
        "What turned between two days, what is due by when, and whom to tell",
    ),
    ("places-hosts", "", "/sovereignty/hosts/", "Hosts compared, each service judged for the same data and keys"),
    ("places-statement", "", "/sovereignty/statements/chu-demo/", "The statement on where a dataset is"),
    ("sign-in", "", "/people/sign-in/", "The cards of the demonstration, one for each role"),
    ("applications", "demo-researcher", "/applications/", "A researcher's applications, each with its next step"),
    ("workspaces", "demo-researcher", "/enclave/", "The workspaces of the permits that name a researcher"),
    (
        "queue",
        "demo-officer",
        "/applications/queue/",
        "An officer's queue, ordered by a rule that explains itself",
    ),
    ("case", "demo-officer", "/applications/queue/ > main table a", "A case: eight criteria, clocks, precedents"),
    ("airlock", "demo-checker-1", "/airlock/", "What waits for an output checker"),
    ("ledger", "demo-auditor", "/ledger/", "The ledger, verified in the page"),
    ("node", "operator", "/node/", "The operator's page"),
)


def main() -> int:
    """Take every picture in both languages, on a screen and on a phone, and write their page."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        print("Chromium is missing: apt install chromium")
        return 1
    OUT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        demo = Path(folder) / "demo"
        subprocess.run([*HYGIE, "demo", "--persons", "3000", "--folder", str(demo), "--no-serve"], check=True)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        serving = [*HYGIE, "--node", str(demo / "node"), "serve", "--port", str(port)]
        with subprocess.Popen(serving) as process, sync_playwright() as playwright:
            try:
                address = f"http://127.0.0.1:{port}"
                wait_for(address)
                browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
                for (name, account, way, _), (language, size) in product(PAGES, VIEWS):
                    out = OUT / f"{name}.{language}{VIEWS[language, size]}.png"
                    take(browser, account, way, out, language=language, base_url=address, viewport=SIZES[size])
                browser.close()
            finally:
                process.terminate()
                process.wait(30)
    (OUT / "README.md").write_text(page(), "utf-8")
    return 0


def wait_for(address: str) -> None:
    """Wait until the site answers."""
    for _ in range(240):
        try:
            with urllib.request.urlopen(address, timeout=5):  # noqa: S310
                return
        except OSError:
            time.sleep(0.25)
    raise TimeoutError("the site does not answer")


def take(browser: Browser, account: str, way: str, out: Path, *, language: str, **opening: Any) -> None:
    """Take one picture of what a reader sees first."""
    context = browser.new_context(locale=language, device_scale_factor=1, reduced_motion="reduce", **opening)
    tab = context.new_page()
    if account:
        tab.goto("/people/sign-in/")
        tab.get_by_role("button", name=account, exact=False).first.click()
    follow(tab, way)
    tab.screenshot(path=str(out), animations="disabled")
    context.close()
    print(os.path.relpath(out, ROOT))


def follow(tab: Page, way: str) -> None:
    """Open an address, or follow the first link that a selector finds on it."""
    start, _, selector = way.partition(" > ")
    tab.goto(start)
    if selector:
        tab.locator(selector).first.click()
        tab.wait_for_load_state()


def page() -> str:
    """Return the page of all pictures."""
    lines = ["# Screenshots", "", "Of the demonstration, by `make screenshots`: every name on them is synthetic.", ""]
    for name, account, _, words in PAGES:
        who = f" (signed in as {account})" if account else ""
        lines += [f"## {words}{who}", ""]
        for (language, size), mark in VIEWS.items():
            lines += [f"![{words}: {size}, {language}]({name}.{language}{mark}.png)", ""]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
