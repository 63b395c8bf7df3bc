"""Calls protoc, from the grpcio-tools wheel, without a network.

The one third-party import of the contract, buf/validate/validate.proto, is not copied into the tree: the
installed protovalidate carries its descriptor, which protoc accepts in place of the source.
"""

import tempfile
from collections.abc import Sequence
from importlib import resources
from pathlib import Path

from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet
from grpc_tools import protoc
from protovalidate._gen.buf.validate import validate_pb

SOURCES = Path(__file__).parent
VALIDATE = "buf/validate/validate.proto"


class ProtocError(Exception):
    """protoc refused the sources; it has printed why."""


def contract_files() -> list[str]:
    """The contract's proto files, relative to SOURCES, in a stable order."""
    return sorted(path.relative_to(SOURCES).as_posix() for path in SOURCES.rglob("*.proto"))


def build_image(*, source_info: bool) -> FileDescriptorSet:
    """Compile the contract and everything it imports; comments and positions only with `source_info`."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder, "image.binpb")
        flags = ["--include_imports", f"--descriptor_set_out={target}"]
        run_protoc([*flags, *(["--include_source_info"] if source_info else []), *contract_files()])
        return FileDescriptorSet.FromString(target.read_bytes())


def run_protoc(arguments: Sequence[str]) -> None:
    """Run protoc on the contract's folder with the import paths that it needs."""
    with tempfile.TemporaryDirectory() as folder:
        validate = Path(folder, "validate.binpb")
        validate.write_bytes(_validate_descriptor().SerializeToString(deterministic=True))
        google = resources.files("grpc_tools") / "_proto"
        paths = [f"-I{SOURCES}", f"-I{google}", f"--descriptor_set_in={validate}"]
        if protoc.main(["protoc", *paths, *arguments]) != 0:
            raise ProtocError


def _validate_descriptor() -> FileDescriptorSet:
    serialized = validate_pb.FieldRules.desc().file.proto.to_binary()
    return FileDescriptorSet(file=[FileDescriptorProto.FromString(serialized)])
