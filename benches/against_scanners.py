#!/usr/bin/env python3
"""Times `picklescope scan` against picklescan, each in a fresh process, in turn, in the same run.

    python benches/workloads/make_workloads.py DIR --only objects.pkl
    cargo build --release --no-default-features
    python benches/against_scanners.py DIR

Needs `pip install picklescan`. Prints wall time and peak memory for one file of 21 million opcodes and for folders of
1,000 and 4,000 small models (copies of those in tests/corpus), and files a second. Memory that is flat is the same for both
folders.
"""
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
OURS = os.environ.get("PICKLESCOPE", str(ROOT / "target/release/picklescope"))
THEIRS = os.environ.get("PICKLESCAN", shutil.which("picklescan", path=os.path.dirname(sys.executable)) or "picklescan")
SMALL = 64 * 1024


def run(command):
    """Wall seconds and peak megabytes of one process."""
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, _, usage = os.wait4(process.pid, 0)
    return time.perf_counter() - started, usage.ru_maxrss / 1024


def models(folder, n):
    """Fills a folder with n small models of scikit-learn."""
    sources = sorted(p for p in (ROOT / "tests/corpus/files/sklearn").iterdir() if p.is_file() and p.stat().st_size < SMALL)
    for i in range(n):
        source = sources[i % len(sources)]
        shutil.copy(source, folder / f"{i:05}_{source.name}")
    return folder


def line(name, path, n_files=1, runs=5, theirs_runs=1):
    theirs = [run([THEIRS, "-p", str(path)]) for _ in range(theirs_runs)]
    run([OURS, "scan", str(path)])
    ours = [run([OURS, "scan", str(path)]) for _ in range(runs)]
    (ta, ma), (tb, mb) = ([statistics.median(x) for x in zip(*them)] for them in (theirs, ours))
    print(f"{name:16} {ta:9.3f} {ma:7.0f}   {tb:8.3f} {mb:7.0f}   1/{ta / tb:<6.1f} {n_files / tb:10.0f}")


def main(workloads):
    print(f"{'':16} {'picklescan s':>9} {'MB':>4}   {'ours s':>8} {'MB':>7}   {'ratio':8} {'files/s':>10}")
    objects = pathlib.Path(workloads) / "objects.pkl"
    if objects.exists():
        line("objects.pkl", objects)
    with tempfile.TemporaryDirectory() as folder:
        for n in (1000, 4000):
            inside = pathlib.Path(folder) / str(n)
            inside.mkdir()
            line(f"{n} models", models(inside, n), n)


if __name__ == "__main__":
    main(sys.argv[1])
