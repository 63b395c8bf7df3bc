"""Judges the contract with buf: its lint rules, and compatibility with the last release. See buf.yaml."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from google.protobuf.descriptor_pb2 import FileDescriptorSet

from protos import compiler

RELEASED = compiler.SOURCES / "released.binpb"
CONFIG = compiler.SOURCES.parent / "buf.yaml"


def lint() -> bool:
    """Whether the contract keeps the lint rules; buf prints what breaks them."""
    return _judge("lint")


def is_compatible() -> bool:
    """Whether clients of the last release can use the present contract; buf prints what breaks them."""
    return _judge("breaking", "--against", str(RELEASED))


def release(*, allow_breaking: bool) -> bool:
    """Make the present contract the released one. False, and nothing done, if that would break clients."""
    if RELEASED.exists() and not allow_breaking and not is_compatible():
        return False
    RELEASED.write_bytes(_serialize(compiler.build_image(source_info=False)))
    return True


def _judge(command: str, *arguments: str) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        image = Path(folder, "image.binpb")
        image.write_bytes(_serialize(compiler.build_image(source_info=True)))
        paths = [option for package in _packages() for option in ("--path", package)]
        return _buf([command, str(image), "--config", str(CONFIG), *arguments, *paths], cache=folder)


def _packages() -> list[str]:
    """The contract's own top folders: an image from protoc does not tell them from its imports."""
    return sorted({name.partition("/")[0] for name in compiler.contract_files()})


def _buf(arguments: Sequence[str], *, cache: str) -> bool:
    buf = shutil.which("buf", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
    if buf is None:
        raise FileNotFoundError("buf is not installed; `make install` installs the wheel buf-bin")
    environment = {**os.environ, "BUF_CACHE_DIR": cache, "BUF_CONFIG_DIR": cache}
    return subprocess.run([buf, *arguments], env=environment, check=False).returncode == 0


def _serialize(image: FileDescriptorSet) -> bytes:
    return image.SerializeToString(deterministic=True)
