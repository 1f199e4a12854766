"""The README's recipe for a simple golden text, followed to the letter on a copy of the service: a line in the registry, lines in
the contract, a migration."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import google.api
from grpc_tools import protoc

import catalog_svc

TESTS = Path(__file__).parent
REPOSITORY = TESTS.parents[2]
CONTRACTS = ("products", "offers")
LINE = "  string material = 99 [(buf.validate.field).string.max_len = 200];\n"
MIGRATION = """
from alembic import op

revision = "9999"
down_revision = "{before}"


def upgrade() -> None:
    for table in ("products", "supplier_products"):
        op.execute(f"ALTER TABLE {{table}} ADD COLUMN material varchar")
        op.execute(f"ALTER TABLE {{table}} ADD CONSTRAINT ck_{{table}}_material CHECK (char_length(material) <= 200)")
"""


def test_a_golden_text_is_a_line_of_the_registry_of_the_contract_and_a_migration(tmp_path: Path) -> None:
    package = tmp_path / "catalog_svc"
    shutil.copytree(Path(catalog_svc.__file__).parent, package, ignore=shutil.ignore_patterns("__pycache__"))
    # A number far behind all others: the masks of its plans have four words.
    insert(package / "fields" / "registry.py", r'(?m)^        golden\("image_url"', '        golden("material", 200),\n')
    before = max(path.name[:4] for path in (package / "migrations" / "versions").glob("0*.py"))
    (package / "migrations" / "versions" / "9999_material.py").write_text(MIGRATION.format(before=before))
    contracts = tmp_path / "pm" / "catalog" / "v1"
    contracts.mkdir(parents=True)
    for name in CONTRACTS:
        shutil.copy(REPOSITORY / "proto" / "pm" / "catalog" / "v1" / f"{name}.proto", contracts)
        insert(contracts / f"{name}.proto", r"  (?:google\.protobuf\.)?Timestamp create_time = ", LINE)
    insert(contracts / "products.proto", r'      "image_url"\n', '      "material",\n')
    compiled(tmp_path, contracts)

    pythonpath = os.pathsep.join([str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])])
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", str(TESTS / "new_field_journey.py")]
    ran = subprocess.run(
        command, cwd=REPOSITORY, env=os.environ | {"PYTHONPATH": pythonpath}, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "3 passed" in ran.stdout


def insert(file: Path, before: str, line: str) -> None:
    """Put a line in front of the first match."""
    text = file.read_text()
    found = re.search(before, text)
    assert found, before
    file.write_text(text[: found.start()] + line + text[found.start() :])


def compiled(root: Path, contracts: Path) -> None:
    includes = [
        root,
        REPOSITORY / "proto",
        Path(protoc.__file__).parent / "_proto",
        Path(next(iter(google.api.__path__))).parents[1],
    ]
    outputs = [f"--{kind}_out={root}" for kind in ("python", "grpc_python")]
    files = [str(contracts / f"{name}.proto") for name in CONTRACTS]
    assert protoc.main(["protoc", *(f"-I{path}" for path in includes), *outputs, *files]) == 0
