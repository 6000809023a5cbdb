"""Every machine writes, every machine reads: ``python architectures/run.py [--machines s390x,i386] [--folder F]``.

Needs root, Debian and its mirror: the root file systems are made by ``setup_rootfs.sh`` (mmdebstrap), foreign machines
run under qemu-user, and what perdure compiles is compiled for each by Debian's cross compilers. Writes
docs/architectures.md when all six took part. With ``--if-possible``, a host that cannot make the machines is no failure.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ROOT = HERE.parent
PAGE = ROOT / "docs/architectures.md"
PACKAGES = "python3-zstandard,python3-click,python3-rich,python3-pandas,libpython3.11-dev"
# bits, byte order, the compiler
MACHINES = {
    "amd64": (64, "little", "x86_64-linux-gnu"),
    "i386": (32, "little", "i686-linux-gnu"),
    "armhf": (32, "little", "arm-linux-gnueabihf"),
    "arm64": (64, "little", "aarch64-linux-gnu"),
    "ppc64el": (64, "little", "powerpc64le-linux-gnu"),
    "s390x": (64, "big", "s390x-linux-gnu"),
}


class NotHereError(Exception):
    """This host cannot make or run a machine."""


def set_up(machine: str, folder: Path) -> Path:
    """Return the root file system of a machine, made where it is not there yet, with perdure compiled for it."""
    place = folder / machine
    around = {**os.environ, "PERDURE_DEB_CACHE": str(folder / "debs"), "DEBIAN_FRONTEND": "noninteractive"}
    command = ["bash", str(HERE / "setup_rootfs.sh"), machine, str(place), "bookworm", PACKAGES]
    try:
        subprocess.run(command, check=True, env=around, stdout=sys.stderr)
        compiler = f"{MACHINES[machine][2]}-gcc"
        if shutil.which(compiler) is None:
            packages = [f"gcc-{MACHINES[machine][2].replace('_', '-')}", f"libc6-dev-{machine}-cross"]
            subprocess.run(["apt-get", "update", "-qq"], check=True, env=around, stdout=subprocess.DEVNULL)
            command = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages]
            subprocess.run(command, check=True, env=around, stdout=subprocess.DEVNULL)
        subprocess.run(["bash", str(HERE / "run_in.sh"), str(place), "/usr/bin/python3", "-c", "1"], check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise NotHereError(f"{machine} cannot be had on this host: {error}") from None
    compile_for(machine, place, folder)
    return place


def compile_for(machine: str, place: Path, folder: Path) -> None:
    """Copy the package, and compile its C parts for a machine."""
    shutil.rmtree(folder / "src" / machine, ignore_errors=True)
    source = folder / "src" / machine / "perdure"
    shutil.copytree(ROOT / "src/perdure", source, ignore=shutil.ignore_patterns("*.so", "__pycache__"))
    headers = [f"-I{place}/headers", f"-I{place}/headers/python3.11"]
    for part in sorted(source.glob("*/_*.c")):
        command = [f"{MACHINES[machine][2]}-gcc", "-O3", "-ffp-contract=off", "-shared", "-fPIC", *headers]
        command += ["-DPy_LIMITED_API=0x030B0000", "-o", str(part.with_suffix(".abi3.so")), str(part)]
        subprocess.run(command, check=True)


def run_in(place: Path, folder: Path, *arguments: str) -> Any:
    """Run machine.py on a machine; return what it printed."""
    binds = f"{folder / 'src' / place.name}:/srv/src,{HERE}:/srv/architectures,{folder / 'written'}:/srv/written"
    around = {**os.environ, "BIND": binds, "PYTHONPATH": "/srv/src:/srv/architectures"}
    command = ["bash", str(HERE / "run_in.sh"), str(place), "/usr/bin/python3", "/srv/architectures/machine.py"]
    done = subprocess.run([*command, *arguments], env=around, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{place.name}: {done.stderr[-3000:]}")
    return json.loads(done.stdout)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--machines", default=",".join(MACHINES), help="with commas (default: all)")
    parser.add_argument("--folder", type=Path, default=ROOT / ".architectures")
    parser.add_argument("--if-possible", action="store_true", help="say why it cannot be done here, and exit with 0")
    options = parser.parse_args()
    machines, folder = options.machines.split(","), options.folder.absolute()
    shutil.rmtree(folder / "written", ignore_errors=True)
    (folder / "written").mkdir(parents=True)
    try:
        places = {machine: set_up(machine, folder) for machine in machines}
    except NotHereError as error:
        print(error, file=sys.stderr)
        return 0 if options.if_possible else 2
    twins = {}
    for machine, place in places.items():
        twins[machine] = run_in(place, folder, "write", f"/srv/written/{machine}")
        print(machine, "writes", twins[machine], file=sys.stderr, flush=True)
    found: dict[str, dict[str, Any]] = {}
    for machine, place in places.items():
        found[machine] = run_in(place, folder, "read", *(f"/srv/written/{each}" for each in machines))
        for writer, result in found[machine].items():
            wrong = len(result["wrong"])
            print(f"{machine} reads {writer}: {result['files']} files, {wrong} wrong", file=sys.stderr, flush=True)
            for name, said in result["wrong"].items():
                print(f"    {name}: {said}", file=sys.stderr)
    (folder / "found.json").write_text(json.dumps(found, indent=1))
    if list(MACHINES) == machines:
        about = json.loads((folder / "written/amd64/about.json").read_text())
        PAGE.write_text(page(found, twins, len(about["names"])), encoding="utf-8")
    wrong = any(result["wrong"] or not result["data"] for row in found.values() for result in row.values())
    return int(wrong or any(said["differ"] or not said["compiled"] for said in twins.values()))


def page(found: dict[str, dict[str, Any]], twins: dict[str, dict[str, Any]], models: int) -> str:
    """Return the page of the documentation."""
    machines = list(found)
    lines = [
        "# Every machine",
        "A file that one machine wrote loads on every other, with labels and trees exact and numbers to 1e-12 (float32: 2e-6)",
        "of the largest. This page is written by `nox -s architectures`, which has each machine fit and save",
        f"{models} models, as perdure files and as pickles of protocols 2 and 5, and each load and ask what all wrote.",
        "Debian 12: Python 3.11, scikit-learn 1.2.1, numpy 1.24; foreign machines under qemu.",
        "",
        "A cell is the number of files, and how many of them did not come back the same.",
        "",
        "| reads ↓ writes → | " + " | ".join(f"{m} ({MACHINES[m][0]} bits, {MACHINES[m][1]})" for m in machines) + " |",
        "|---|" + "---|" * len(machines),
    ]
    for reader in machines:
        cells = [f"{found[reader][writer]['files']}, {len(found[reader][writer]['wrong'])}" for writer in machines]
        lines.append(f"| {reader} | " + " | ".join(cells) + " |")
    wrong = [
        f"- {reader} reads {writer}: {name}: {'; '.join(said)}"
        for reader in machines
        for writer in machines
        for name, said in found[reader][writer]["wrong"].items()
    ]
    data = all(found[reader][writer]["data"] for reader in machines for writer in machines)
    lines += ["", "## What is not the same", *(wrong or ["Nothing."]), ""]
    lines += [
        "## What is compiled",
        "Each machine saves and loads every model twice: with the compiled decoder and the compiled reader of graphs, and",
        "with numpy and Python alone. (The decoder is for little-endian machines, and not for x87, which rounds to other bits.)",
        "Files are to be equal byte for byte, predictions bit for bit.",
        "",
        "| machine | compiled | models | differ |",
        "|---|---|---|---|",
    ]
    for machine, said in twins.items():
        compiled = ", ".join(said["compiled"]) or "nothing"
        lines.append(f"| {machine} | {compiled} | {said['models']} | {', '.join(said['differ']) or 'none'} |")
    lines += [
        "",
        "## The fingerprint of data",
        f"The digests of the values of numpy arrays and a pandas table are {'the same' if data else 'NOT the same'} on all of them.",
        "",
        "## Long double",
        "`numpy.longdouble` has another form on nearly each of them; perdure refuses it while the model is still in memory.",
        "",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    raise SystemExit(main())
