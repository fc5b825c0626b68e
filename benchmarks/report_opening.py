"""Seconds until a report is open in Chromium, and until its view of the latent space can be turned.

    python benchmarks/report_opening.py results/paper/report/report.html results/typed/report/report.html

The page is open when its load event is over; the explorer answers by then. The view is made when it comes near the
window, so its time counts from scrolling there. WebGL runs in software. The median of ``--rounds`` new windows is
printed. Needs Chromium, and playwright from the development requirements.
"""

from __future__ import annotations

import argparse
import os
import shutil
import time
from pathlib import Path
from statistics import median

from playwright.sync_api import Browser, sync_playwright

_ARGUMENTS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"),
    *("--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"),
]


def measure(browser: Browser, report: Path) -> tuple[float, float]:
    """Seconds until one report is open, and from then until the view is ready."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    started = time.perf_counter()
    page.goto(report.resolve().as_uri(), wait_until="load")
    opened = time.perf_counter()
    page.locator("#space-view").scroll_into_view_if_needed()
    page.wait_for_selector('#space-view[data-state="ready"]', timeout=120_000)
    ready = time.perf_counter()
    context.close()
    return opened - started, ready - opened


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("reports", type=Path, nargs="+")
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    path = os.environ.get("RETINA_VAE_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=_ARGUMENTS)
        print(f"Chromium {browser.version}, {os.cpu_count()} cores, median of {arguments.rounds} windows")
        for report in arguments.reports:
            rounds = [measure(browser, report) for _ in range(arguments.rounds)]
            opened, ready = (median(times) for times in zip(*rounds, strict=True))
            size = report.stat().st_size / 1e6
            print(f"{report}: {size:.1f} MB, open in {opened:.2f} s, view ready {ready:.2f} s after scrolling there")
        browser.close()


if __name__ == "__main__":
    main()
