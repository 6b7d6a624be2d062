"""The rig for the whole run, and the ends of its logs beside every failure."""

import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from harness import assembly
from harness.assembly import Rig
from harness.kubectl import Kubectl, write_kubeconfig
from harness.process import Services

SERVICES = pytest.StashKey[Services]()

KubectlAs = Callable[[dict[str, Any]], Kubectl]


def pytest_configure(config: pytest.Config) -> None:
    # Without this a SIGTERM ends pytest at once, and everything that it started lives on.
    signal.signal(signal.SIGTERM, lambda *_: pytest.exit("terminated", returncode=1))


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


@pytest.fixture
def kubectl_as(rig: Rig, tmp_path: Path) -> KubectlAs:
    """Makes a kubectl for one user entry of a kubeconfig."""
    return lambda user: Kubectl(rig.programs["kubectl"], write_kubeconfig(tmp_path / "kubeconfig", rig.server, user))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    report = yield
    services = item.config.stash.get(SERVICES, None)
    if report.failed and services:
        report.sections += [(f"end of {s.log}", s.tail(15)) for s in services.running]
    return report
