"""Free addresses on loopback, and name spaces in which AWS names lead there."""

import random
import socket
from collections.abc import Sequence
from pathlib import Path


# Below those that the kernel gives to outgoing connections: between our look and the server's bind nobody gets one.
PORTS = iter(random.sample(range(20_000, 32_768), 2_000))


def free_port() -> int:
    """A port of loopback that nobody has, and that this run was not told of before."""
    return next(port for port in PORTS if is_free("127.0.0.1", port))


def is_free(address: str, port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind((address, port))
        except OSError:
            return False
        return True


def free_address(port: int) -> str:
    """A loopback address on which nobody has `port` yet."""
    for last in range(53, 250):
        address = f"127.0.0.{last}"
        if is_free(address, port):
            return address
    raise OSError(f"port {port} is taken or forbidden on every loopback address tried")


def accepts(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def write_hosts(path: Path, address: str, names: Sequence[str]) -> Path:
    path.write_text("127.0.0.1 localhost\n" + "".join(f"{address} {name}\n" for name in names))
    return path


def with_hosts(hosts: Path, *command: str | Path) -> list[str]:
    """`command`, in a mount name space of its own where `hosts` is /etc/hosts."""
    script = 'mount --bind "$1" /etc/hosts && shift && exec "$@"'
    return ["unshare", "--mount", "sh", "-c", script, "sh", str(hosts), *map(str, command)]
