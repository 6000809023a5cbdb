"""Compare a wheel with the source tree: every file of the package must be in it, and nothing else."""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path


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
    for name in sorted(wanted - held):
        print(f"not in the wheel: {name}")
    for name in sorted(held - wanted):
        print(f"only in the wheel: {name}")
    print(f"{sys.argv[1]}: {len(held)} files, {'as' if held == wanted else 'unlike'} the source tree")
    return int(held != wanted)


if __name__ == "__main__":
    sys.exit(main())
