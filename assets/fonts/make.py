#!/usr/bin/env python3
"""Makes the font subsets in this folder. Needs fonttools, Debian's fonts-inter and fonts-jetbrains-mono, and
Phosphor.ttf of npm's @phosphor-icons/web 2.1.2 (src/regular) as the first argument.

Ligature features are left out: a tool that shows evidence must not redraw `0x4c` or `->`.
"""
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
TEXT = ("U+0020-017F,U+0370-03FF,U+2010-2027,U+2030-205E,U+2070-209C,U+20AC,U+2122,U+2190-2199,U+21A9,"
        "U+2202,U+2206,U+220F,U+2211,U+2212,U+221A,U+221E,U+2248,U+2260,U+2264,U+2265,U+00D7,U+FFFD")


def subset(source, target, unicodes, features):
    subprocess.run([sys.executable, "-m", "fontTools.subset", source, f"--unicodes={unicodes}",
                    f"--layout-features={features}", "--no-hinting", f"--output-file={os.path.join(HERE, target)}"], check=True)


def icons():
    text = open(os.path.join(HERE, "../../src/app/icons.rs"), encoding="utf-8").read()
    return ",".join("U+" + code for code in re.findall(r"\\u\{(e[0-9a-f]{3})\}", text))


if __name__ == "__main__":
    for weight in ("Regular", "Medium", "SemiBold"):
        subset(f"/usr/share/fonts/opentype/inter/Inter-{weight}.otf", f"Inter-{weight}.otf", TEXT, "kern,mark,mkmk,ccmp,locl")
    for weight in ("Regular", "Bold"):
        subset(f"/usr/share/fonts/truetype/jetbrains-mono/JetBrainsMono-{weight}.ttf", f"JetBrainsMono-{weight}.ttf",
               TEXT + ",U+2500-259F", "mark,mkmk,ccmp")
    subset(sys.argv[1], "Phosphor.ttf", icons(), "")
