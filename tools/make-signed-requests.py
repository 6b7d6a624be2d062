#!/usr/bin/env python3
"""Writes requests that botocore signed, as they look on the wire: the rows of tests/conformance/data/signed_requests.jsonl
and the seeds in fuzz/corpus/sigv4_verify. Run it from the repository's root when a case is added."""

import datetime
import json
import pathlib
from unittest import mock

from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

NOW = datetime.datetime(2026, 1, 15, 12, 0, 0, tzinfo=datetime.UTC)
KEY, SECRET = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
ROLE = "arn%3Aaws%3Aiam%3A%3A111122223333%3Arole%2Fops"
ASSUME = f"Action=AssumeRole&Version=2011-06-15&RoleArn={ROLE}&RoleSessionName=a%2Bb%3Dc%2Cd.e%40f&ExternalId=x+y"
FORM = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
IDENTITY = "Action=GetCallerIdentity&Version=2011-06-15"
STS = "https://sts.eu-west-1.amazonaws.com/"
EKS = "https://eks.eu-west-1.amazonaws.com/clusters"

# name, presigned, service, method, URL, headers, body, session token
CASES = [
    ("token", True, "sts", "GET", f"{STS}?{IDENTITY}", {"x-k8s-aws-id": "prod"}, "", None),
    ("token of a session", True, "sts", "GET", f"{STS}?{IDENTITY}", {"x-k8s-aws-id": "prod"}, "", "IQo/+=session=="),
    ("token, blanks in the id", True, "sts", "GET", f"{STS}?{IDENTITY}", {"x-k8s-aws-id": " a   b "}, "", None),
    ("presigned without a cluster", True, "sts", "GET", f"{STS}?{IDENTITY}", {}, "", None),
    ("identity by GET", False, "sts", "GET", f"{STS}?{IDENTITY}", {}, "", None),
    ("identity by POST", False, "sts", "POST", STS, FORM, IDENTITY, None),
    ("assume role", False, "sts", "POST", STS, FORM, ASSUME, None),
    ("assume role of a session", False, "sts", "POST", STS, FORM, ASSUME, "IQo/+=session=="),
    ("body with umlauts", False, "sts", "POST", STS, FORM, "Action=GetCallerIdentity&x=\u00fc", None),
    ("describe cluster", False, "eks", "GET", f"{EKS}/prod", {}, "", "IQo/+=session=="),
    ("describe a name with a blank", False, "eks", "GET", f"{EKS}/a%20b", {}, "", None),
    ("list clusters", False, "eks", "GET", f"{EKS}?maxResults=7&nextToken=ab%2Fcd%2Bef%3D%3D", {}, "", None),
    ("query out of order", False, "eks", "GET", f"{EKS}?b=2&a=1&A=0&a=0&c", {}, "", None),
    ("many headers", False, "eks", "GET", EKS, {f"x-note-{n}": f"{n}  {n}" for n in range(20)}, "", None),
]


def signed(name, presigned, service, method, url, headers, body, token):
    host = url.split("/")[2]
    request = AWSRequest(method=method, url=url, data=body.encode(), headers={"Host": host, **headers})
    signer = SigV4QueryAuth if presigned else SigV4Auth
    extra = {"expires": 60} if presigned else {}
    with mock.patch("botocore.auth.get_current_datetime", return_value=NOW):
        signer(Credentials(KEY, SECRET, token), service, "eu-west-1", **extra).add_auth(request)
    target = request.url.split(host, 1)[1]
    fields = [[field, value] for field, value in request.headers.items()]
    return {"name": name, "service": service, "presigned": presigned, "method": method, "target": target,
            "headers": fields, "body": body, "session_token": token or ""}


def wire(row):
    fields = "".join(f"{name}: {value}\n" for name, value in row["headers"])
    return f"{row['method']} {row['target']}\n{fields}\n{row['body']}"


def main():
    rows = [signed(*case) for case in CASES]
    lines = "".join(json.dumps(row, sort_keys=True) + "\n" for row in rows)
    pathlib.Path("tests/conformance/data/signed_requests.jsonl").write_text(lines)
    corpus = pathlib.Path("fuzz/corpus/sigv4_verify")
    for row in rows:
        (corpus / (row["name"].replace(" ", "_").replace(",", "") + ".txt")).write_text(wire(row))


main()
