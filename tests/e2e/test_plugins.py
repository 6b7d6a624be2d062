"""kubectl with exec plugins: ours, and the two that it stands in for."""

from pathlib import Path

import pytest

from conftest import KubectlAs
from harness import assembly, network
from harness.assembly import ALICE, BOB, CLUSTER, OPS, REGION, STRANGER, Rig
from harness.kubectl import PODS, exec_plugin
from harness.sandbox import Identity

Plugin = list[str | Path]


def keks(rig: Rig, role: str) -> Plugin:
    return [assembly.out("keks"), "token", "-i", CLUSTER, "--region", REGION, *(["-r", role] if role else [])]


def authenticator(rig: Rig, role: str) -> Plugin:
    program = rig.programs["aws-iam-authenticator"]
    flags = ["-i", CLUSTER, "--region", REGION, *(["-r", role] if role else [])]
    return [*network.with_hosts(rig.names.hosts, program, "token", *flags)]


def aws_cli(rig: Rig, role: str) -> Plugin:
    flags = ["--cluster-name", CLUSTER, "--region", REGION, *(["--role-arn", role] if role else [])]
    return [*network.with_hosts(rig.names.hosts, assembly.aws_cli(), "eks", "get-token", *flags)]


def user(rig: Rig, make: "type[keks]", identity: Identity, role: str = "") -> dict[str, object]:
    """A kubeconfig user; the peers find AWS by name, since an endpoint of ours would end up in their tokens."""
    if make is keks:
        return exec_plugin(keks(rig, role), rig.sandbox.env(identity))
    roots = str(rig.sandbox.authority)
    return exec_plugin(make(rig, role), {"AWS_CA_BUNDLE": roots, "SSL_CERT_FILE": roots, **identity.env()})
