"""keks as a command, on a real cluster."""

import json
import subprocess

from harness import assembly
from harness.assembly import ALICE, CLUSTER, OPS, REGION, STRANGER, Rig
from harness.kubectl import KubectlAs
from harness.process import Command, must, run


def keks(rig: Rig, *arguments: str, role: str = OPS) -> subprocess.CompletedProcess[str]:
    cluster = ["--cluster", CLUSTER, "--region", REGION, "--role", role]
    return run(assembly.out("keks"), *arguments, *cluster, env=rig.sandbox.env(ALICE))


def token(rig: Rig, cluster: str) -> str:
    command: Command = [assembly.out("keks"), "token", "-i", cluster, "--region", REGION, "--token-only"]
    return must(*command, env=rig.sandbox.env(ALICE)).strip()


def test_raw_prints_the_api_versions(rig: Rig) -> None:
    done = keks(rig, "raw", "/api")
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["kind"] == "APIVersions"
    assert answer["versions"] == ["v1"]


def test_raw_prints_what_kubectl_prints(rig: Rig, kubectl_as: KubectlAs) -> None:
    kubectl = kubectl_as({"token": token(rig, CLUSTER)})
    for path in ("/api", "/version", "/api/v1/namespaces/shop/pods/web-0"):
        assert json.loads(keks(rig, "raw", path).stdout) == json.loads(kubectl.must("get", "--raw", path))


def test_pods_prints_the_blogs_two_lines(rig: Rig) -> None:
    done = keks(rig, "pods")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "There are 31 pods in the cluster",
        "Pod example-xxxxx in namespace default not found",
    ]


def test_raw_says_what_rbac_forbids(rig: Rig) -> None:
    done = keks(rig, "raw", "/api/v1/namespaces/shop/secrets")
    assert done.returncode == 1
    assert done.stdout == ""
    assert 'cannot list resource "secrets"' in done.stderr


def test_a_role_that_is_not_mapped_is_told_where_to_map_it(rig: Rig) -> None:
    done = keks(rig, "raw", "/api", role=STRANGER)
    assert done.returncode == 1
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1, done.stderr
    for part in (STRANGER, "not mapped", "access entry", "aws-auth"):
        assert part in done.stderr


def test_a_token_opens_only_the_cluster_that_it_names(rig: Rig, kubectl_as: KubectlAs) -> None:
    kubectl_as({"token": token(rig, CLUSTER)}).must("get", "pods")
    refused = kubectl_as({"token": token(rig, "green")}).run("get", "pods")
    assert refused.returncode == 1
    assert "You must be logged in to the server" in refused.stderr
