"""Compile every .proto beside itself when the package is built or installed, and keep the comments in pm/descriptors.binpb."""

import sys
from pathlib import Path
from typing import Any

import google.api
from grpc_tools import protoc
from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class ProtoBuildHook(BuildHookInterface):  # type: ignore[misc]
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Run protoc over pm/ and buf/; raise RuntimeError when a contract does not compile."""
        root = Path(self.root)
        includes = [root, Path(protoc.__file__).parent / "_proto", Path(next(iter(google.api.__path__))).parents[1]]
        scripts = Path(sys.executable).parent
        arguments = [
            "protoc",
            *(f"-I{path}" for path in includes),
            *(f"--plugin={name}={scripts / name}" for name in ("protoc-gen-mypy", "protoc-gen-mypy_grpc")),
            f"--python_out={root}",
            f"--mypy_out={root}",
            f"--grpc_python_out={root}",
            f"--mypy_grpc_out={root}",
            # The generated modules hold no comments; the gateway's OpenAPI document is written from these.
            "--include_source_info",
            f"--descriptor_set_out={root / 'pm' / 'descriptors.binpb'}",
            *(str(path) for path in sorted([*root.glob("pm/**/*.proto"), *root.glob("buf/**/*.proto")])),
        ]
        if protoc.main(arguments) != 0:
            raise RuntimeError("protoc refused the contracts; its message stands above")
