"""Generates hefu/v1 from proto/hefu/v1: messages with their types, and services where a file declares one.

`make proto` runs it in the project's root; tests/unit/test_generated.py runs it into an empty folder and compares.
"""

import ast
import shutil
import subprocess
import sys
from pathlib import Path

PROTO = Path(__file__).resolve().parent


def declares_service(source: Path) -> bool:
    """Whether the .proto file has a service, so that a gRPC stub is worth generating."""
    return any(line.startswith("service ") for line in source.read_text(encoding="utf-8").splitlines())


def generate(target: Path) -> None:
    """Writes hefu/v1/*_pb2.py, *_pb2.pyi and, for services, *_pb2_grpc.py(i) below `target`."""
    sources = sorted((PROTO / "hefu" / "v1").glob("*.proto"))
    services = [source for source in sources if declares_service(source)]
    run_protoc([f"--python_out={target}", f"--pyi_out={target}"], sources)
    if services:
        plugin = shutil.which("protoc-gen-mypy_grpc", path=str(Path(sys.executable).parent))
        typed = [f"--plugin=protoc-gen-mypy_grpc={plugin}", f"--mypy_grpc_out={target}"]
        run_protoc([f"--grpc_python_out={target}", *typed], services)
    for generated in (target / "hefu" / "v1").glob("*_pb2_grpc.py*"):
        generated.write_text(keep_clients(generated.read_text(encoding="utf-8")), encoding="utf-8")


def keep_clients(source: str) -> str:
    """Leaves out what serves: the node's faces are built from the descriptors (nodes/faces.py), so it would be dead."""
    lines = source.splitlines(keepends=True)
    for node in reversed(ast.parse(source).body):
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and is_for_servers(node):
            del lines[node.lineno - 1 : node.end_lineno]
    return "".join(lines)


def is_for_servers(node: ast.ClassDef | ast.FunctionDef) -> bool:
    """Whether a generated class or function is of no use to a client: servicers, and protoc's experimental API."""
    return "Servicer" in node.name or (isinstance(node, ast.ClassDef) and node.name.endswith("Service"))


def run_protoc(outputs: list[str], sources: list[Path]) -> None:
    """Runs the protoc that grpcio-tools carries; its own message explains a failure."""
    command = [sys.executable, "-m", "grpc_tools.protoc", f"-I{PROTO}", *outputs, *map(str, sources)]
    subprocess.run(command, check=True)


if __name__ == "__main__":
    generate(Path(sys.argv[1]) if len(sys.argv) > 1 else PROTO.parent)
