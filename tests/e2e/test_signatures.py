"""keks signs as botocore does, and the sandbox believes botocore, for random callers and calls."""

import base64
import json
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import pytest
from botocore.exceptions import ClientError

from harness import assembly, signatures
from harness.assembly import ALICE, CLUSTER, OPS, REGION, Rig
from harness.process import Command, must, run
from harness.recorder import recording
from harness.sandbox import Identity
from harness.signatures import AMZ_DATE, Case, authorization, authorization_parts, cases, clock_at, parts

Keys = dict[str, str | None]


def minted_url(token: str) -> str:
    prefix, encoded = token.strip().split(".", 1)
    assert prefix == "k8s-aws-v1"
    assert "=" not in encoded
    return base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)).decode()


def test_keks_presigns_as_botocore_does() -> None:
    for case in cases(seed=1, count=100):
        command: Command = [assembly.out("keks"), "token", "-i", case.cluster, "--region", case.region, "--token-only"]
        ours = parts(minted_url(must(*command, env=case.env())))
        assert ours == parts(signatures.presigned_url(case, ours[3]["X-Amz-Date"])), case


def test_keks_signs_assume_role_as_botocore_does() -> None:
    rng = random.Random(2)
    for case in cases(seed=2, count=50):
        role, session = f"arn:aws:iam::111122223333:role/{case.cluster[:64]}", signatures.session_name(rng)
        external = signatures.text(rng, signatures.NAME + "+=,.@:/", 2, 200)
        with recording(lambda request: (200, ASSUMED)) as sts:
            command = ["token", "-i", case.cluster, "--region", case.region, "--token-only", "-r", role]
            names = [f"--session-name={session}", f"--external-id={external}"]
            token = must(assembly.out("keks"), *command, *names, env=case.env() | {"AWS_ENDPOINT_URL_STS": sts.url})
        [request] = sts.requests
        assert authorization_parts(request.headers["Authorization"]) == authorization(case, "sts", request), case
        asked = {name: values[0] for name, values in parse_qs(request.body.decode(), strict_parsing=True).items()}
        expected = {"Action": "AssumeRole", "RoleArn": role, "RoleSessionName": session, "ExternalId": external}
        assert expected.items() <= asked.items()
        assert_minted_under_role(case, token)


def assert_minted_under_role(case: Case, token: str) -> None:
    ours = parts(minted_url(token))
    assumed = Case("ASIAASSUMEDEXAMPLE", "assumed/Secret+Key", "assumed/Token+==", case.region, case.cluster)
    assert ours == parts(signatures.presigned_url(assumed, ours[3]["X-Amz-Date"])), case


def test_keks_signs_describe_cluster_as_botocore_does() -> None:
    for case in cases(seed=3, count=50):
        with recording(lambda request: (404, NO_CLUSTER)) as eks:
            command = ["raw", "/api", "--cluster", case.cluster, "--region", case.region]
            done = run(assembly.out("keks"), *command, env=case.env() | {"AWS_ENDPOINT_URL_EKS": eks.url})
        [request] = eks.requests
        assert authorization_parts(request.headers["Authorization"]) == authorization(case, "eks", request), case
        assert (request.method, request.target) == ("GET", f"/clusters/{case.cluster}")
        assert done.returncode == 1
        assert case.cluster in done.stderr


ASSUMED = """<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult>
<AssumedRoleUser><AssumedRoleId>AROAEXAMPLE:s</AssumedRoleId><Arn>arn:aws:sts::111122223333:assumed-role/r/s</Arn>
</AssumedRoleUser><Credentials><AccessKeyId>ASIAASSUMEDEXAMPLE</AccessKeyId><SecretAccessKey>assumed/Secret+Key
</SecretAccessKey><SessionToken>assumed/Token+==</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration>
</Credentials></AssumeRoleResult><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></AssumeRoleResponse>
""".replace("\n", "")

NO_CLUSTER = json.dumps({"__type": "ResourceNotFoundException", "message": "No cluster found"})


def sandbox_client(rig: Rig, service: str, keys: Keys) -> Any:
    endpoint = {"sts": rig.sandbox.sts, "eks": rig.sandbox.eks}[service]
    return signatures.client(service, REGION, endpoint, str(rig.sandbox.authority), keys)


def long_lived(identity: Identity) -> Keys:
    return {"aws_access_key_id": identity.key_id, "aws_secret_access_key": identity.secret}


def assume(rig: Rig, session: str, external: str) -> tuple[Keys, str]:
    """Temporary keys for the role, and the ARN that they stand for."""
    sts = sandbox_client(rig, "sts", long_lived(ALICE))
    answer = sts.assume_role(RoleArn=OPS, RoleSessionName=session, ExternalId=external)
    got = answer["Credentials"]
    keys = {
        "aws_access_key_id": got["AccessKeyId"],
        "aws_secret_access_key": got["SecretAccessKey"],
        "aws_session_token": got["SessionToken"],
    }
    return keys, answer["AssumedRoleUser"]["Arn"]


def test_the_sandbox_believes_100_random_calls_of_botocore(rig: Rig) -> None:
    rng = random.Random(4)
    for _ in range(25):
        session = signatures.session_name(rng)
        keys, arn = assume(rig, session, signatures.text(rng, signatures.NAME + "+=,.@:/", 2, 200))
        assert arn == f"arn:aws:sts::111122223333:assumed-role/ops/{session}"
        assert sandbox_client(rig, "sts", keys).get_caller_identity()["Arn"] == arn
        eks = sandbox_client(rig, "eks", keys)
        assert CLUSTER in eks.list_clusters(maxResults=rng.randint(1, 100))["clusters"]
        # A name that nobody has is looked up only after the signature was believed.
        assert error_code(eks.describe_cluster, name=signatures.cluster_name(rng)) == NOT_FOUND


NOT_FOUND = "ResourceNotFoundException"


def test_the_sandbox_describes_the_cluster_to_botocore(rig: Rig) -> None:
    cluster = sandbox_client(rig, "eks", long_lived(ALICE)).describe_cluster(name=CLUSTER)["cluster"]
    authority = base64.b64decode(cluster["certificateAuthority"]["data"])
    assert (cluster["name"], cluster["status"], cluster["endpoint"]) == (CLUSTER, "ACTIVE", rig.server.url)
    assert authority == rig.server.authority.read_bytes()


def error_code(call: Callable[..., object], **arguments: object) -> str:
    with pytest.raises(ClientError) as raised:
        call(**arguments)
    return str(raised.value.response["Error"]["Code"])


def refusals(rig: Rig, keys: Keys) -> tuple[str, str]:
    """The codes with which STS and EKS refuse these keys."""
    sts, eks = (sandbox_client(rig, service, keys) for service in ("sts", "eks"))
    return error_code(sts.get_caller_identity), error_code(eks.describe_cluster, name=CLUSTER)


BAD_SIGNATURE = ("SignatureDoesNotMatch", "InvalidSignatureException")
UNKNOWN_CALLER = ("InvalidClientTokenId", "UnrecognizedClientException")


def test_the_sandbox_refuses_a_wrong_secret_with_the_codes_of_aws(rig: Rig) -> None:
    assert refusals(rig, long_lived(ALICE) | {"aws_secret_access_key": "wrong"}) == BAD_SIGNATURE


def test_the_sandbox_refuses_an_unknown_key_with_the_codes_of_aws(rig: Rig) -> None:
    assert refusals(rig, long_lived(Identity("AKIDNOBODYEXAMPLE", "any", ""))) == UNKNOWN_CALLER


def test_the_sandbox_refuses_another_sessions_token_with_the_codes_of_aws(rig: Rig) -> None:
    (keys, _), (others, _) = assume(rig, "one", "x1"), assume(rig, "two", "x2")
    assert refusals(rig, keys | {"aws_session_token": others["aws_session_token"]}) == UNKNOWN_CALLER


def test_the_sandbox_refuses_an_old_request_with_the_codes_of_aws(rig: Rig) -> None:
    with clock_at((datetime.now(UTC) - timedelta(minutes=20)).strftime(AMZ_DATE)):
        assert refusals(rig, long_lived(ALICE)) == BAD_SIGNATURE


def test_the_sandbox_refuses_a_role_that_it_does_not_have(rig: Rig) -> None:
    sts = sandbox_client(rig, "sts", long_lived(ALICE))
    nobody = "arn:aws:iam::111122223333:role/nobody"
    assert error_code(sts.assume_role, RoleArn=nobody, RoleSessionName="session") == "AccessDenied"
