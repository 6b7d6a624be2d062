"""What a test needs and may lack: a named skip at home, a failure in CI."""

import os
import shutil
from typing import NoReturn

import pytest


def lacking(reason: str) -> NoReturn:
    if os.environ.get("CI") == "true":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def program(name: str) -> str:
    """The path of a program of this machine."""
    return shutil.which(name) or lacking(f"{name} is missing")
