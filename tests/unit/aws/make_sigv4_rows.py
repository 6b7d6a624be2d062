"""Writes tests/conformance/data/sigv4_rows.jsonl: what botocore signs for requests of our own invention.

Run it from the repository's root when a case is added: python3 tests/unit/aws/make_sigv4_rows.py
"""
import datetime
import json
import random

import botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

TOKENS = [None, "plain", "a/b+c==", "FwoGZXIvYXdzEKT//////////wEaDKeks+plus/slash==", "with blank", "k\u00fcche"]
PATHS = ["/", "/clusters", "/clusters/a%20b", "/a%2Fb/c", "/%E2%98%95/x~y", "//double//slash/", "/a/./b/../c", "/a+b=c@d:e", "/.."]
QUERIES = [
    [],
    [("Action", "GetCallerIdentity"), ("Version", "2011-06-15")],
    [("b", ""), ("a", "2"), ("a", "1"), ("A", "0")],
    [("a-b", "1"), ("a", "2"), ("a.b", "3")],
    [("name", "gr\u00fc\u00df dich"), ("sign", "/+=;:~-_.")],
    [("nextToken", "ab/cd+ef==")],
]
HEADERS = [
    [],
    [("x-k8s-aws-id", "prod")],
    [("x-k8s-aws-id", "  two   words  ")],
    [("X-Note", "tab\there"), ("Accept", "application/json")],
    [("X-Empty", ""), ("X-Place", "caf\u00e9")],
    [("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")],
]
BODIES = ["", "Action=AssumeRole&Version=2011-06-15", "{\"k\":\"\u00fc\"}"]
HOSTS = ["sts.eu-west-1.amazonaws.com", "eks.us-gov-west-1.amazonaws.com", "localhost:4566"]


class Notes:
    """Keeps what a signer went through on its way."""

    def canonical_request(self, request):
        self.canonical = super().canonical_request(request)
        return self.canonical

    def string_to_sign(self, request, canonical_request):
        self.text = super().string_to_sign(request, canonical_request)
        return self.text


class HeaderSigner(Notes, botocore.auth.SigV4Auth):
    pass


class QuerySigner(Notes, botocore.auth.SigV4QueryAuth):
    pass


def encode(pairs):
    quote = botocore.auth.quote
    return "&".join(f"{quote(k, safe='-_.~')}={quote(v, safe='-_.~')}" for k, v in pairs)


def row(rng, number):
    form = "query" if number % 3 == 0 else "header"
    now = datetime.datetime.fromtimestamp(rng.randrange(1, 4_000_000_000), datetime.timezone.utc)
    botocore.auth.get_current_datetime = lambda remove_tzinfo=True: now.replace(tzinfo=None)
    case = {
        "form": form,
        "time": now.strftime("%Y%m%dT%H%M%SZ"),
        "region": rng.choice(["us-east-1", "eu-central-1", "cn-north-1"]),
        "service": rng.choice(["sts", "eks"]),
        "key": "AKIDEXAMPLE",
        "secret": rng.choice(["wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "s" * 200, "\u00fc"]),
        "token": rng.choice(TOKENS),
        "host": rng.choice(HOSTS),
        "path": "/" if form == "query" else rng.choice(PATHS),
        # botocore drops all but one of a repeated name when it presigns.
        "query": rng.choice([q for q in QUERIES if form == "header" or len(dict(q)) == len(q)]),
        "headers": [h for h in rng.choice(HEADERS) if form == "header" or h[0].startswith("x-")],
        "method": "GET",
        "body": "",
    }
    if form == "header":
        case["body"] = rng.choice(BODIES)
        case["method"] = "POST" if case["body"] else "GET"
    scheme = "http" if ":" in case["host"] else "https"
    url = f"{scheme}://{case['host']}{case['path']}"
    if case["query"]:
        url += "?" + encode(case["query"])
    request = AWSRequest(method=case["method"], url=url, data=case["body"].encode())
    for name, value in case["headers"]:
        request.headers[name] = value
    credentials = Credentials(case["key"], case["secret"], case["token"])
    if form == "query":
        signer = QuerySigner(credentials, case["service"], case["region"], expires=60)
    else:
        signer = HeaderSigner(credentials, case["service"], case["region"])
    signer.add_auth(request)
    case["canonical"] = signer.canonical
    case["string_to_sign"] = signer.text
    case["signature"] = signer.signature(signer.text, request)
    return case


def main():
    rng = random.Random(4)
    with open("tests/conformance/data/sigv4_rows.jsonl", "w", encoding="utf-8") as out:
        for number in range(150):
            out.write(json.dumps(row(rng, number), ensure_ascii=False, sort_keys=True) + "\n")


main()
