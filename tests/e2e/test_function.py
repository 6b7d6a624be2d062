"""The blog's function on a real cluster: a Lambda function with an IAM role and nothing else."""

import base64
import json
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from harness import assembly, local_lambda
from harness.assembly import ALICE, CLUSTER, GUEST, OPS, REGION, STRANGER, Rig
from harness.kubectl import pod
from harness.local_lambda import Invocation, LocalLambda

UUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
START = rf"START RequestId: {UUID} Version: \$LATEST"
END = rf"END RequestId: {UUID}"
REPORT = (
    rf"REPORT RequestId: {UUID}\tDuration: [0-9.]+ ms\tBilled Duration: \d+ ms"
    r"\tMemory Size: 256 MB\tMax Memory Used: \d+ MB"
)


def function_env(rig: Rig, role: str = OPS) -> dict[str, str]:
    return rig.sandbox.env(ALICE) | {"cluster": CLUSTER, "region": REGION, "arn": role}


@pytest.fixture
def function(rig: Rig, tmp_path: Path) -> Iterator[LocalLambda]:
    with local_lambda.serve(rig, tmp_path, function_env(rig)) as served:
        yield served


@contextmanager
def extra_pod(rig: Rig, namespace: str, name: str) -> Iterator[None]:
    rig.admin.must("create", "--filename=-", stdin=json.dumps(pod(namespace, name)))
    try:
        yield
    finally:
        rig.admin.must("delete", "pod", name, f"--namespace={namespace}", "--timeout=30s")


def assert_log(invocation: Invocation, *expected: str) -> None:
    """The log has exactly these lines; each is a regular expression, blank lines do not count."""
    lines = [line.rstrip() for line in invocation.log if line.strip()]
    assert len(lines) == len(expected), lines
    for line, pattern in zip(lines, expected, strict=True):
        assert re.fullmatch(pattern, line), (line, pattern)


def test_the_zip_holds_the_very_function_that_is_tested_here() -> None:
    with zipfile.ZipFile(assembly.out("keks-lambda.zip")) as packed:
        assert packed.namelist() == ["bootstrap"]
        # Lambda unpacks with the modes of the archive, and starts only what is executable.
        assert packed.getinfo("bootstrap").external_attr >> 16 & 0o111 == 0o111
        assert packed.read("bootstrap") == assembly.out("bootstrap").read_bytes()


def test_a_cold_invocation_counts_31_pods_and_misses_the_pod(function: LocalLambda) -> None:
    done = function.invoke()
    assert done.error is None
    assert_log(
        done,
        START,
        "There are 31 pods in the cluster",
        "Pod example-xxxxx in namespace default not found",
        END,
        REPORT + r"\tInit Duration: [0-9.]+ ms",
    )
    assert done.result == {"pods": 31, "pod": {"namespace": "default", "name": "example-xxxxx", "found": False}}


def test_a_warm_invocation_sees_the_pod_that_was_made_in_between(rig: Rig, function: LocalLambda) -> None:
    function.invoke()
    with extra_pod(rig, "default", "example-xxxxx"):
        done = function.invoke()
    found = "Found pod example-xxxxx in namespace default"
    assert_log(done, START, "There are 32 pods in the cluster", found, END, REPORT)
    assert done.result == {"pods": 32, "pod": {"namespace": "default", "name": "example-xxxxx", "found": True}}


def test_a_pod_of_that_name_elsewhere_is_not_the_pod(rig: Rig, function: LocalLambda) -> None:
    with extra_pod(rig, "shop", "example-xxxxx"):
        done = function.invoke()
    assert done.result == {"pods": 32, "pod": {"namespace": "default", "name": "example-xxxxx", "found": False}}


def test_the_functions_own_identity_is_enough_without_a_role(rig: Rig, tmp_path: Path) -> None:
    with local_lambda.serve(rig, tmp_path, function_env(rig, role="")) as function:
        assert function.invoke().result["pods"] == 31


def test_a_role_that_is_not_mapped_is_told_where_to_map_it(rig: Rig, tmp_path: Path) -> None:
    with local_lambda.serve(rig, tmp_path, function_env(rig, role=STRANGER)) as function:
        assert_unauthorized(function.invoke(), STRANGER)


def test_a_role_that_may_not_list_pods_is_told_so_in_the_servers_words(rig: Rig, tmp_path: Path) -> None:
    with local_lambda.serve(rig, tmp_path, function_env(rig, role=GUEST)) as function:
        assert_failure(function.invoke(), "Function.Forbidden", 'User "guest" cannot list resource "pods"')


def test_a_token_for_another_cluster_is_refused(rig: Rig, tmp_path: Path) -> None:
    # With these two the function asks nobody where the cluster is, and believes its name.
    authority = base64.b64encode(rig.server.authority.read_bytes()).decode()
    known = {"KEKS_ENDPOINT": rig.server.url, "KEKS_CA": authority}
    with local_lambda.serve(rig, tmp_path, function_env(rig) | known) as function:
        assert function.invoke().result["pods"] == 31
    with local_lambda.serve(rig, tmp_path, function_env(rig) | known | {"cluster": "green"}) as function:
        assert_unauthorized(function.invoke(), "another cluster than green")


def assert_unauthorized(done: Invocation, culprit: str) -> None:
    """The API server only says 401: the function says whose fault that is, and where to mend it."""
    assert_failure(done, "Function.Unauthorized", culprit, "not mapped", "access entry", "aws-auth")


def assert_failure(done: Invocation, kind: str, *parts: str) -> None:
    """The caller and the log are told the same."""
    assert done.error == "Unhandled", done.log
    assert done.result["errorType"] == kind
    for text in (done.result["errorMessage"], "\n".join(done.log)):
        for part in parts:
            assert part in text
