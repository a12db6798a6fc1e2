#!/usr/bin/env python3
"""Times picklescope against CPython's own loaders, each in a fresh process, in turn, in the same run.

    python benches/workloads/make_workloads.py DIR --only objects.pkl forest.joblib forest_z3.joblib
    cargo build --release --no-default-features
    python benches/against_python.py DIR

Prints medians of wall time and peak memory, and the ratio. `inflate` is what zlib alone needs in this Python.
"""
import os
import statistics
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
OURS = os.environ.get("PICKLESCOPE", os.path.join(ROOT, "target/release/picklescope"))
LOAD = {
    "pickle.load": "import pickle,sys\nwith open(sys.argv[1],'rb') as f: pickle.load(f)",
    "joblib.load": "import joblib,sys\njoblib.load(sys.argv[1])",
}
JOBS = [
    ("objects.pkl", "pickle.load"),
    ("objects_p2.pkl", "pickle.load"),
    ("wide.pkl", "pickle.load"),
    ("forest.joblib", "joblib.load"),
    ("forest_z3.joblib", "joblib.load"),
]


def run(command):
    """Wall seconds and peak megabytes of one process."""
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, _, usage = os.wait4(process.pid, 0)
    return time.perf_counter() - started, usage.ru_maxrss / 1024


def main(folder, runs=5):
    print(f"{'file':18} {'theirs':12} {'s':>8} {'MB':>8}   {'ours s':>8} {'MB':>8}   {'time':>6} {'memory':>7}")
    for name, loader in JOBS:
        path = os.path.join(folder, name)
        if not os.path.exists(path):
            continue
        theirs, ours = [], []
        for i in range(runs + 1):
            a = run([sys.executable, "-c", LOAD[loader], path])
            b = run([OURS, "tree", path, "--depth", "1"])
            if i:
                theirs.append(a)
                ours.append(b)
        (ta, ma), (tb, mb) = ([statistics.median(x) for x in zip(*them)] for them in (theirs, ours))
        print(f"{name:18} {loader:12} {ta:8.3f} {ma:8.0f}   {tb:8.3f} {mb:8.0f}   {tb / ta:6.3f} {mb / ma:7.3f}")


if __name__ == "__main__":
    main(sys.argv[1])
