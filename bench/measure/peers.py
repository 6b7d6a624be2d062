"""The peers that are installed here: built by `bench/peers/build`, or found in the PATH."""

import shutil
import subprocess
from pathlib import Path

from .programs import ROOT, Environment, output


def find() -> dict[str, Path]:
    """Programs by name; what is not there is left out, and said to be by the build."""
    built = subprocess.run([ROOT / "bench" / "peers" / "build"], stdout=subprocess.PIPE, text=True, check=True).stdout
    programs = {name: Path(path) for name, path in (line.split("=", 1) for line in built.splitlines())}
    cli = shutil.which("aws")
    return programs | ({"aws": Path(cli)} if cli else {})


def micro(program: Path | None, env: Environment, *arguments: str) -> dict[str, float]:
    """The `name value unit` lines of a peer's micro-benchmark; nothing without the peer."""
    if program is None:
        return {}
    lines = (line.split() for line in output([program, *arguments], env).splitlines())
    return {name: float(value) for name, value, _ in lines}
