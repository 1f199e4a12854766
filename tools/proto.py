"""Checks of the contracts: `python tools/proto.py lint | breaking | baseline`.

buf resolves imports of google.api from its own registry, which is not reachable everywhere; so protoc, which finds them in the
package googleapis-common-protos, compiles an image, and buf judges what of it lies below pm/.
"""

import argparse
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

import google.api
from grpc_tools import protoc

PROTO = Path(__file__).resolve().parent.parent / "proto"
BASELINE = PROTO / "baseline.binpb"
BUF = Path(sysconfig.get_path("scripts")) / "buf"


class CompileError(Exception):
    """protoc refused the contracts; its message is on standard error."""


def compile_image(image: Path, *, root: Path = PROTO, source_info: bool = True) -> None:
    """Write every contract below `root` and what it imports as one descriptor set; raises CompileError."""
    includes = [root, PROTO, Path(protoc.__file__).parent / "_proto", Path(next(iter(google.api.__path__))).parents[1]]
    arguments = [
        "protoc",
        *(f"-I{path}" for path in includes),
        "--include_imports",
        *(["--include_source_info"] if source_info else []),
        f"--descriptor_set_out={image}",
        *(str(path) for path in sorted(root.glob("pm/**/*.proto"))),
    ]
    if protoc.main(arguments) != 0:
        raise CompileError("protoc refused the contracts; its message stands above")


def lint(root: Path = PROTO) -> int:
    """Style: Buf STANDARD with the exceptions of buf.yaml. Returns buf's exit status."""
    return _judge(root, "lint")


def breaking(root: Path = PROTO) -> int:
    """Whether a reader of the last release still understands the contracts. Returns buf's exit status."""
    return _judge(root, "breaking", "--against", str(BASELINE))


def baseline() -> int:
    """Make the contracts of now what later ones are compared with."""
    compile_image(BASELINE, source_info=False)
    return 0


def _judge(root: Path, *command: str) -> int:
    with tempfile.TemporaryDirectory() as directory:
        image = Path(directory) / "contracts.binpb"
        compile_image(image, root=root)
        verb, *options = command
        arguments = [str(BUF), verb, str(image), "--config", str(PROTO / "buf.yaml"), "--path", "pm", *options]
        return subprocess.run(arguments, check=False).returncode


def main() -> int:
    commands = {"lint": lint, "breaking": breaking, "baseline": baseline}
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("command", choices=commands)
    try:
        return commands[parser.parse_args().command]()
    except CompileError as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
