"""Finds a Chromium for the browser tests, or installs one; prints where it is.

.venv/bin/python tools/browser.py
"""

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FONTS = "fonts-noto-color-emoji"


def on_path() -> str | None:
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def from_debian() -> str | None:
    """Where we are root on Debian or Ubuntu."""
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return None
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update", "-qq"], ["install", "-qq", "-y", "--no-install-recommends", "chromium", FONTS]):
        if subprocess.run(["apt-get", *command], env=environment, stdout=sys.stderr, check=False).returncode:
            return None
    return on_path()


def from_playwright() -> str | None:
    command = [sys.executable, "-m", "playwright", "install", "chromium"]
    if subprocess.run(command, stdout=sys.stderr, check=False).returncode:
        return None
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        return playwright.chromium.executable_path


def main() -> None:
    found = on_path()
    if found is None:
        print("Looking for a Chromium for the browser tests…", file=sys.stderr)
        found = from_debian() or from_playwright()
    if found is None:
        sys.exit(
            "browser: no Chromium here, and none could be installed. Install Chromium (Debian: `apt-get install "
            "chromium` as root), or put one on the PATH, then run `make test` again."
        )
    print(found)


if __name__ == "__main__":
    main()
