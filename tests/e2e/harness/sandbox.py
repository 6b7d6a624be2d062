"""The AWS half of `keks sandbox`: STS and EKS for everything in the rig."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .process import Command, Services, wait_until


@dataclass(frozen=True)
class Identity:
    """An IAM user with long-lived keys."""

    key_id: str
    secret: str
    arn: str

    def env(self) -> dict[str, str]:
        return {"AWS_ACCESS_KEY_ID": self.key_id, "AWS_SECRET_ACCESS_KEY": self.secret}


@dataclass(frozen=True)
class Cluster:
    """What DescribeCluster answers."""

    name: str
    region: str
    endpoint: str
    authority: Path


@dataclass(frozen=True)
class Sandbox:
    """A running sandbox: how to call it."""

    region: str
    sts: str
    eks: str
    authority: Path

    def env(self, identity: Identity) -> dict[str, str]:
        """The environment in which AWS calls reach the sandbox as `identity`."""
        return {
            "AWS_ENDPOINT_URL_STS": self.sts,
            "AWS_ENDPOINT_URL_EKS": self.eks,
            "AWS_CA_BUNDLE": str(self.authority),
            "AWS_REGION": self.region,
            **identity.env(),
        }


def start_sandbox(
    services: Services,
    keks: Path,
    address: str,
    cluster: Cluster,
    identities: Sequence[Identity],
    roles: Sequence[str],
    folder: Path,
) -> Sandbox:
    """Starts STS and EKS on `address`:443; every identity may assume every role."""
    environment_file, authority = folder / "sandbox.env", folder / "aws-ca.pem"
    command: Command = [
        keks,
        "sandbox",
        "--listen=127.0.0.1:0",
        "--aws-only",
        "--aws-tls",
        # The authenticator of the rig knows no access entries, only lines as aws-auth has them.
        "--mode=CONFIG_MAP",
        f"--aws-listen={address}:443",
        f"--cluster={cluster.name}",
        f"--region={cluster.region}",
        f"--cluster-endpoint={cluster.endpoint}",
        f"--cluster-ca={cluster.authority}",
        f"--ca-file={authority}",
        f"--env-file={environment_file}",
        *(f"--identity={i.key_id}:{i.secret}:{i.arn}" for i in identities),
        *(f"--role={arn}" for arn in roles),
    ]
    service = services.start("sandbox", command)
    wait_until("environment file", lambda: "KEKS_SANDBOX_CLUSTER" in read_env(environment_file), service)
    told = read_env(environment_file)
    return Sandbox(cluster.region, told["AWS_ENDPOINT_URL_STS"], told["AWS_ENDPOINT_URL_EKS"], authority)


def read_env(path: Path) -> dict[str, str]:
    """The KEY=value lines of a file; nothing when it is not there yet."""
    if not path.exists():
        return {}
    return dict(line.split("=", 1) for line in path.read_text().splitlines() if "=" in line)
