#!/usr/bin/env python3
"""Builds the real programs that the end-to-end tests talk to, and keeps them outside the tree.

`./build.py` builds what is missing and prints one `NAME=PATH` line a program. A program is built again
only when its go.mod or go.sum, the recipe below or the Go version changes.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Module:
    """One Go module of this folder and the programs that it builds (name -> package)."""

    folder: str
    pinned: str
    version_variable: str
    programs: dict[str, str]


MODULES = (
    Module("etcd", "go.etcd.io/etcd/server/v3", "", {"etcd": "go.etcd.io/etcd/server/v3"}),
    Module(
        "authenticator",
        "sigs.k8s.io/aws-iam-authenticator",
        "sigs.k8s.io/aws-iam-authenticator/pkg.Version",
        {"aws-iam-authenticator": "sigs.k8s.io/aws-iam-authenticator/cmd/aws-iam-authenticator"},
    ),
    # Without the version variable the API server calls itself v0.0.0-master.
    Module(
        "kubernetes",
        "k8s.io/kubernetes",
        "k8s.io/component-base/version.gitVersion",
        {
            "kube-apiserver": "k8s.io/kubernetes/cmd/kube-apiserver",
            "kubectl": "k8s.io/kubernetes/cmd/kubectl",
        },
    ),
)


def cache_root() -> Path:
    """The folder for everything that the tests build or install."""
    chosen = os.environ.get("KEKS_RIG_CACHE")
    if chosen:
        return Path(chosen)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "keks" / "rig"


def ensure_all() -> dict[str, Path]:
    """Builds what is missing; answers with the path of every program by name."""
    go = go_version()
    return {name: path for module in MODULES for name, path in ensure(module, go).items()}


def ensure(module: Module, go: str) -> dict[str, Path]:
    home = cache_root() / f"{module.folder}-{fingerprint(module, go)}"
    if not home.is_dir():
        build(module, home)
    return {name: home / name for name in module.programs}


def build(module: Module, home: Path) -> None:
    """Builds into a folder beside `home` and renames it, so that a stopped build leaves nothing half done."""
    home.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=f".{home.name}.", dir=home.parent))
    try:
        for name, package in module.programs.items():
            say(f"building {name} {version(module)}")
            start = time.monotonic()
            compile_program(module, package, scratch / name)
            say(f"built {name} in {time.monotonic() - start:.0f} s")
        scratch.chmod(0o755)
        publish(scratch, home)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def publish(scratch: Path, home: Path) -> None:
    try:
        scratch.rename(home)
    except OSError:
        # Another run was faster: its folder is as good as ours.
        if not home.is_dir():
            raise


def compile_program(module: Module, package: str, target: Path) -> None:
    flags = "-s -w"
    if module.version_variable:
        flags += f" -X {module.version_variable}={version(module)}"
    command = ["go", "build", "-trimpath", "-mod=readonly", "-ldflags", flags, "-o", str(target), package]
    subprocess.run(command, cwd=HERE / module.folder, env=go_environment(), check=True)


def version(module: Module) -> str:
    text = (HERE / module.folder / "go.mod").read_text()
    found = re.search(rf"^(?:require)?\s*{re.escape(module.pinned)} (v\S+)$", text, re.MULTILINE)
    if not found:
        raise SystemExit(f"{module.folder}/go.mod does not require {module.pinned}")
    return found[1]


def fingerprint(module: Module, go: str) -> str:
    digest = hashlib.sha256(f"{go}\n{module}\n".encode())
    for name in ("go.mod", "go.sum"):
        digest.update((HERE / module.folder / name).read_bytes())
    return digest.hexdigest()[:16]


def go_version() -> str:
    command = ["go", "env", "GOVERSION", "GOARCH"]
    return subprocess.run(command, env=go_environment(), check=True, text=True, capture_output=True).stdout


def go_environment() -> dict[str, str]:
    # GOTOOLCHAIN=local: an older Go fails with a clear message instead of fetching another one.
    return os.environ | {"CGO_ENABLED": "0", "GOTOOLCHAIN": "local", "GOWORK": "off"}


def say(text: str) -> None:
    print(f"rig: {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    for program, path in ensure_all().items():
        print(f"{program}={path}")
