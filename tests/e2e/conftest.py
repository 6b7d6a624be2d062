"""The rig for the whole run, and the ends of its logs beside every failure."""

import os
import signal
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from harness import assembly, needs
from harness.assembly import Rig
from harness.control_plane import Programs
from harness.kubectl import BUILT, Kubectl, KubectlAs, write_kubeconfig
from harness.process import Services
from rig import kubectls

SERVICES = pytest.StashKey[Services]()


def pytest_configure(config: pytest.Config) -> None:
    # Without this a SIGTERM ends pytest at once, and everything that it started lives on.
    signal.signal(signal.SIGTERM, lambda *_: pytest.exit("terminated", returncode=1))
    # botocore runs in this process: whose keys and which roots it uses is for the tests to say.
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]


@pytest.fixture(scope="session")
def rig(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Rig]:
    """The control plane and the sandbox's AWS, with 31 pods."""
    folder = tmp_path_factory.mktemp("rig")
    services = Services(folder)
    request.config.stash[SERVICES] = services
    try:
        yield assembly.start(folder, services)
    finally:
        assembly.stop(folder, services)


@pytest.fixture(scope="session")
def fetched_kubectls() -> Programs:
    """Every kubectl of another minor version than the server's."""
    try:
        return kubectls.ensure_all()
    except kubectls.Unavailable as error:
        needs.lacking(str(error))


@pytest.fixture
def kubectl(rig: Rig, request: pytest.FixtureRequest) -> Path:
    """The kubectl of the server's version; `every_kubectl` names others."""
    minor = getattr(request, "param", BUILT)
    return rig.programs["kubectl"] if minor == BUILT else request.getfixturevalue("fetched_kubectls")[minor]


@pytest.fixture
def kubectl_as(rig: Rig, kubectl: Path, tmp_path: Path) -> KubectlAs:
    """Makes a kubectl for one user entry of a kubeconfig."""
    return lambda user: Kubectl(kubectl, write_kubeconfig(tmp_path / "kubeconfig", rig.server, user))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    services = item.config.stash.get(SERVICES, None)
    if report.failed and services:
        report.sections += [(f"end of {s.log}", s.tail(15)) for s in services.running]
    return report
