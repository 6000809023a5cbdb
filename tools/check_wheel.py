"""Compare a wheel with the source tree: every file of the package must be in it, and nothing else but the compiled code."""

from __future__ import annotations

import re
import sys
import zipfile
from pathlib import Path

_COMPILED = re.compile(r"perdure/(arrays/_native|graph/_native|prediction/_trees)\.[\w.-]*(so|pyd)")


def main() -> int:
    """Print what the wheel lacks or has too much; the exit code is 0 when the two agree."""
    source = Path(__file__).parent.parent / "src"
    wanted = {
        path.relative_to(source).as_posix()
        for path in (source / "perdure").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    with zipfile.ZipFile(sys.argv[1]) as wheel:
        held = {name for name in wheel.namelist() if ".dist-info/" not in name}
    # Built where there is a compiler: in the wheel, and beside its source where perdure is installed to be worked on.
    compiled = {name for name in held if _COMPILED.fullmatch(name)}
    held -= compiled
    wanted = {name for name in wanted if not _COMPILED.fullmatch(name)}
    for name in sorted(wanted - held):
        print(f"not in the wheel: {name}")
    for name in sorted(held - wanted):
        print(f"only in the wheel: {name}")
    print(
        f"{sys.argv[1]}: {len(held)} files, {'with' if compiled else 'without'} the compiled code, {'as' if held == wanted else 'unlike'} the source tree"
    )
    return int(held != wanted)


if __name__ == "__main__":
    sys.exit(main())
