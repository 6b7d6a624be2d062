"""The kinds that keks knows are the kinds that the server speaks."""

import json
import sys
from pathlib import Path

import pytest

from harness.assembly import ROOT, Rig
from harness.process import must

SCHEMAS = sorted((ROOT / "schema").glob("*.json"))


def test_there_are_schemas() -> None:
    assert ROOT / "schema" / "core_v1.json" in SCHEMAS


@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda path: path.stem)
def test_a_schema_says_what_the_server_says(rig: Rig, tmp_path: Path, schema: Path) -> None:
    document = tmp_path / "openapi.json"
    document.write_bytes(rig.server.get(openapi_path(json.loads(schema.read_text()))))
    must(sys.executable, ROOT / "tools" / "schema-from-openapi.py", "--check", schema, document)


def openapi_path(facts: dict[str, str]) -> str:
    """Where the server keeps its document about this group and version; the first group has no name."""
    group = f"apis/{facts['group']}" if facts["group"] else "api"
    return f"/openapi/v3/{group}/{facts['version']}"
