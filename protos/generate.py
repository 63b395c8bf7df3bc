"""Generates the Python code of the contract into generated/, and judges the contract. Needs no network.

python -m protos.generate             rewrite generated/
python -m protos.generate --check     fail, with a diff, unless generated/ is what would be written
python -m protos.generate --lint      lint rules, and compatibility with the last release (see buf.yaml)
python -m protos.generate --release   make this contract the one that later ones must be compatible with
"""

import argparse
import difflib
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from protos import compiler, rules, stubs

GENERATED = compiler.SOURCES.parent / "generated"


def write(target: Path) -> None:
    """Write all generated modules below `target`."""
    messages = [*compiler.contract_files(), compiler.VALIDATE]
    compiler.run_protoc([f"--python_out={target}", f"--pyi_out={target}", *messages])
    image = compiler.build_image(source_info=False)
    services = stubs.service_files(image, compiler.contract_files())
    compiler.run_protoc([f"--grpc_python_out={target}", *(file.name for file in services)])
    for file in services:
        Path(target, stubs.stub_path(file)).write_text(stubs.render_stub(image, file))


def regenerate() -> None:
    """Write generated/, and remove what is left of protos that are gone."""
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder))
        shutil.copytree(folder, GENERATED, dirs_exist_ok=True)
        for name in _texts(GENERATED).keys() - _texts(Path(folder)).keys():
            (GENERATED / name).unlink()


def differences() -> Iterator[str]:
    """Unified diff lines from generated/ to what would be written; none if it is in sync."""
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder))
        present, wanted = _texts(GENERATED), _texts(Path(folder))
    for name in sorted(present.keys() | wanted.keys()):
        old, new = present.get(name, []), wanted.get(name, [])
        yield from difflib.unified_diff(old, new, f"committed/{name}", f"regenerated/{name}")


def _texts(root: Path) -> dict[str, list[str]]:
    files = (path for path in root.rglob("*") if path.is_file() and path.suffix in {".py", ".pyi"})
    return {path.relative_to(root).as_posix(): path.read_text().splitlines(keepends=True) for path in files}


def check() -> bool:
    """Whether generated/ is in sync; prints the difference if not."""
    lines = list(differences())
    sys.stdout.writelines(lines)
    if lines:
        sys.stdout.write("generated/ is out of sync with protos/: run `make generate`\n")
    return not lines


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m protos.generate", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    task = parser.add_mutually_exclusive_group()
    task.add_argument("--check", action="store_true", help="only compare with generated/")
    task.add_argument("--lint", action="store_true", help="only run buf lint and buf breaking")
    task.add_argument("--release", action="store_true", help="write protos/released.binpb")
    parser.add_argument("--allow-breaking", action="store_true", help="with --release: break clients")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """0 on success, 1 where something is wrong with the contract or generated/."""
    options = _parser().parse_args(arguments)
    if options.check:
        return 0 if check() else 1
    if options.lint:
        return 0 if all([rules.lint(), rules.is_compatible()]) else 1
    if options.release:
        return 0 if rules.release(allow_breaking=options.allow_breaking) else 1
    regenerate()
    return 0


if __name__ == "__main__":
    sys.exit(main())
