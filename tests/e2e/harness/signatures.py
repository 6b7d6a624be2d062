"""botocore as a second opinion on signatures, and random material to sign."""

import random
import re
import string
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from unittest import mock
from urllib.parse import parse_qsl, urlsplit

import botocore.session
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials

from .recorder import Recorded

SESSION = botocore.session.Session()
REGIONS = ("us-east-1", "eu-west-1", "ap-southeast-2", "us-gov-west-1", "cn-north-1")
NAME = string.ascii_letters + string.digits + "_-"
BASE64 = string.ascii_letters + string.digits + "/+="
AMZ_DATE = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True)
class Case:
    """One random caller, and the cluster that it wants."""

    key_id: str
    secret: str
    session_token: str
    region: str
    cluster: str

    def env(self) -> dict[str, str]:
        token = {"AWS_SESSION_TOKEN": self.session_token} if self.session_token else {}
        return {"AWS_ACCESS_KEY_ID": self.key_id, "AWS_SECRET_ACCESS_KEY": self.secret, **token}

    def keys(self) -> dict[str, str | None]:
        """The credentials as botocore's clients take them."""
        return {
            "aws_access_key_id": self.key_id,
            "aws_secret_access_key": self.secret,
            "aws_session_token": self.session_token or None,
        }


def cases(seed: int, count: int) -> Iterator[Case]:
    rng = random.Random(seed)
    for _ in range(count):
        yield Case(
            key_id=text(rng, string.ascii_uppercase + string.digits, 16, 20),
            secret=text(rng, BASE64, 40, 40),
            session_token=text(rng, BASE64, 1, 600) if rng.random() < 0.7 else "",
            region=rng.choice(REGIONS),
            cluster=cluster_name(rng),
        )


def cluster_name(rng: random.Random) -> str:
    return rng.choice(string.ascii_letters + string.digits) + text(rng, NAME, 0, 99)


def session_name(rng: random.Random) -> str:
    return text(rng, NAME + "+=,.@", 2, 64)


def text(rng: random.Random, alphabet: str, shortest: int, longest: int) -> str:
    return "".join(rng.choices(alphabet, k=rng.randint(shortest, longest)))


@contextmanager
def clock_at(amz_date: str) -> Iterator[None]:
    """botocore signs as if it were then."""
    moment = datetime.strptime(amz_date, AMZ_DATE).replace(tzinfo=UTC)
    with mock.patch("botocore.auth.get_current_datetime", return_value=moment):
        yield


def presigned_url(case: Case, amz_date: str) -> str:
    """The URL in an EKS token, made by botocore as the AWS CLI makes it."""
    client = SESSION.create_client("sts", region_name=case.region, **case.keys())

    def add_cluster(request: AWSRequest, **_: object) -> None:
        request.headers["x-k8s-aws-id"] = case.cluster

    client.meta.events.register("before-sign.sts.GetCallerIdentity", add_cluster)
    with clock_at(amz_date):
        return str(client.generate_presigned_url("get_caller_identity", ExpiresIn=60, HttpMethod="GET"))


def parts(url: str) -> tuple[str, str, str, dict[str, str]]:
    """All that a presigned URL says, in no particular order."""
    split = urlsplit(url)
    return split.scheme, split.netloc, split.path, dict(parse_qsl(split.query, strict_parsing=True))


def authorization(case: Case, service: str, request: Recorded) -> dict[str, str]:
    """The Authorization that botocore gives a request which arrived from us."""
    added = ("host", "x-amz-date", "x-amz-security-token")
    signed = authorization_parts(request.headers["Authorization"])["SignedHeaders"].split(";")
    headers = {name: request.headers[name] for name in signed if name not in added}
    url = f"http://{request.headers['Host']}{request.target}"
    again = AWSRequest(method=request.method, url=url, data=request.body, headers=headers)
    credentials = Credentials(case.key_id, case.secret, case.session_token or None)
    with clock_at(request.headers["X-Amz-Date"]):
        SigV4Auth(credentials, service, case.region).add_auth(again)
    return authorization_parts(again.headers["Authorization"])


def authorization_parts(header: str) -> dict[str, str]:
    assert header.startswith("AWS4-HMAC-SHA256 ")
    return dict(re.findall(r"(\w+)=([^,\s]+)", header))


def client(service: str, region: str, endpoint: str, roots: str, keys: dict[str, str | None]) -> Any:
    """A botocore client that asks once."""
    once = Config(retries={"total_max_attempts": 1})
    where = {"region_name": region, "endpoint_url": endpoint, "verify": roots}
    return SESSION.create_client(service, config=once, **where, **keys)
