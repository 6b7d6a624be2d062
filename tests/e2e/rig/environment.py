#!/usr/bin/env python3
"""Makes the virtual environment with the Python peers (AWS CLI, botocore, pytest); prints its interpreter."""

import fcntl
import hashlib
import subprocess
import sys
import venv
from pathlib import Path

from build import cache_root, say

REQUIREMENTS = Path(__file__).resolve().parent.parent / "requirements.txt"


def ensure() -> Path:
    home = cache_root() / f"python-{fingerprint()}"
    # Scripts in a virtual environment name its path, so it cannot be made elsewhere and renamed: the mark comes last.
    done = home / ".complete"
    home.parent.mkdir(parents=True, exist_ok=True)
    with (home.parent / f".{home.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            install(home)
            done.touch()
    return home / "bin" / "python"


def install(home: Path) -> None:
    say(f"installing {REQUIREMENTS.name}")
    venv.create(home, clear=True, with_pip=True)
    pip = [home / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "--requirement", REQUIREMENTS], check=True, stdout=sys.stderr)


def fingerprint() -> str:
    return hashlib.sha256(sys.version.encode() + REQUIREMENTS.read_bytes()).hexdigest()[:16]


if __name__ == "__main__":
    print(ensure())
