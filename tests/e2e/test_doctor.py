"""doctor's judgement against a real API server and authenticator; whoami against the AWS CLI."""

import json
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

from harness import assembly
from harness.assembly import ALICE, BOB, CLUSTER, GUEST, OPS, REGION, STRANGER, Rig
from harness.process import Command, must, run
from harness.sandbox import Identity


def keks(rig: Rig, *arguments: str | Path, identity: Identity = ALICE) -> CompletedProcess[str]:
    command: Command = [assembly.out("keks"), *arguments, "-o", "json"]
    return run(*command, env=rig.sandbox.env(identity))


def doctor(rig: Rig, *arguments: str | Path, cluster: str = CLUSTER, identity: Identity = ALICE) -> tuple[int, Any]:
    done = keks(rig, "doctor", cluster, *arguments, identity=identity)
    assert done.stderr == ""
    report = json.loads(done.stdout)
    assert report["ok"] == (done.returncode == 0)
    return done.returncode, report


def step(report: Any, name: str) -> dict[str, str]:
    (found,) = [s for s in report["steps"] if s["step"] == name]
    return found


def aws_auth(folder: Path, *roles: str) -> Path:
    lines = "".join(f"    - rolearn: {role}\n      username: ops\n      groups: [pod-readers]\n" for role in roles)
    path = folder / "aws-auth.yaml"
    path.write_text(f"apiVersion: v1\nkind: ConfigMap\ndata:\n  mapRoles: |\n{lines}")
    return path


def test_a_mapped_user_needs_no_change(rig: Rig) -> None:
    code, report = doctor(rig)
    assert code == 0
    assert report["verdict"]["finding"] is None
    assert "user alice with groups: pod-readers" in step(report, "token")["text"]
    assert step(report, "rbac")["outcome"] == "ok"


def test_a_mapped_role_is_mapped_as_doctor_foretells(rig: Rig, tmp_path: Path) -> None:
    code, report = doctor(rig, "--role", OPS, "--aws-auth", aws_auth(tmp_path, OPS))
    assert code == 0
    assert "pod-readers" in step(report, "mapping")["text"]
    assert "user ops:keks with groups: pod-readers" in step(report, "token")["text"]


def test_a_role_without_rights_gets_in_all_the_same(rig: Rig) -> None:
    code, report = doctor(rig, "--role", GUEST)
    assert code == 0
    assert report["verdict"]["finding"] == "NoPermissions"
    assert "guest" in report["verdict"]["change"]


def test_a_stranger_is_told_what_is_known_of_the_mapping(rig: Rig, tmp_path: Path) -> None:
    code, report = doctor(rig, "--role", STRANGER)
    assert (code, report["verdict"]["finding"]) == (1, "MappingUnreadable")
    code, report = doctor(rig, "--role", STRANGER, "--aws-auth", aws_auth(tmp_path, OPS))
    assert (code, report["verdict"]["finding"]) == (1, "NotMapped")
    assert STRANGER in report["verdict"]["change"]
    code, report = doctor(rig, identity=BOB)
    assert (code, step(report, "token")["outcome"]) == (1, "fail")


def test_a_file_that_the_cluster_does_not_have_is_doubted(rig: Rig, tmp_path: Path) -> None:
    code, report = doctor(rig, "--role", STRANGER, "--aws-auth", aws_auth(tmp_path, STRANGER))
    assert (code, report["verdict"]["finding"]) == (1, "MappedButRefused")


def test_the_path_trap_is_seen(rig: Rig, tmp_path: Path) -> None:
    file = aws_auth(tmp_path, STRANGER.replace(":role/", ":role/x/"))
    code, report = doctor(rig, "--role", STRANGER, "--aws-auth", file)
    assert (code, report["verdict"]["finding"]) == (1, "PathInMapping")


def test_a_wrong_name_is_told_with_the_right_ones(rig: Rig) -> None:
    code, report = doctor(rig, cluster="green")
    assert (code, report["verdict"]["finding"]) == (1, "ClusterNotFound")
    assert CLUSTER in step(report, "cluster")["text"]


def test_whoami_says_what_the_aws_cli_says(rig: Rig) -> None:
    for identity in (ALICE, BOB):
        cli: Command = [assembly.aws_cli(), "sts", "get-caller-identity", "--region", REGION, "--output", "json"]
        theirs = json.loads(must(*cli, env=rig.sandbox.env(identity)))
        ours = json.loads(keks(rig, "whoami", identity=identity).stdout)
        assert (ours["arn"], ours["account"], ours["userId"]) == (theirs["Arn"], theirs["Account"], theirs["UserId"])
        assert ours["canonicalArn"] == identity.arn
