"""Bring third-party front-end files into `static/vendor/`, pinned and recorded.

`python scripts/vendor.py` fetches each package with `npm pack` (no install scripts, no build), copies the few files
we serve and writes `static/vendor/VERSIONS.json` with the version and SHA-256 of each.
`python scripts/vendor.py --check` compares the committed files with that record, without the network.

Two files are made smaller on the way in, because a first page has a budget of 150 KB: the icons become one sprite with
only the names in `static/icons.txt`, and Tabler's stylesheet keeps the families of classes in `USED_FAMILIES` and, of their
colours and sizes, `USED_VARIANTS`. Whoever needs another one adds it there and runs this again.
"""

import argparse
import hashlib
import json
import re
import subprocess
import sys
import tarfile
import tempfile
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENDOR = ROOT / "static" / "vendor"
RECORD = VENDOR / "VERSIONS.json"
ICON_NAMES = ROOT / "static" / "icons.txt"
SVG = "http://www.w3.org/2000/svg"


@dataclass(frozen=True)
class Copied:
    """One file of a package and where it is served from (below `static/vendor/`)."""

    package: str
    source: str
    target: str


PACKAGES = {
    "@fontsource-variable/inter": "5.3.0",
    "@tabler/core": "1.6.1",
    "@tabler/icons": "3.51.0",
    "chart.js": "4.6.1",
}
COPIED = (
    Copied("@tabler/core", "dist/css/tabler.min.css", "tabler.min.css"),
    Copied("@fontsource-variable/inter", "files/inter-latin-wght-normal.woff2", "inter-latin.woff2"),
    Copied("@fontsource-variable/inter", "files/inter-latin-ext-wght-normal.woff2", "inter-latin-ext.woff2"),
    Copied("@fontsource-variable/inter", "LICENSE", "licenses/inter.txt"),
    Copied("@tabler/icons", "LICENSE", "licenses/tabler-icons.txt"),
    Copied("chart.js", "dist/chart.umd.min.js", "chart.umd.min.js"),
    Copied("chart.js", "LICENSE.md", "licenses/chartjs.txt"),
)
# Families of Tabler that no page uses. A selector is dropped when it names a class that starts with one of these.
UNUSED_FAMILIES = (
    "navbar", "offcanvas", "carousel", "ribbon", "calendar", "otp", "signal", "sortable", "sparkline", "mention",
    "chat", "signature", "hotspot", "dropzone", "plyr", "tom-select", "ts-", "litepicker", "noUi", "jvm-", "apexcharts",
    "payment", "flag", "social", "placeholder", "ratio", "fslightbox", "fc-", "coloris", "clr-", "pswp", "tox", "turbo",
    "card-cover", "card-tab", "card-gradient", "btn-animate", "btn-twitter", "strength", "iti", "wave", "star-rating", "gl-",
    "markdown", "io-", "io.", "bg-pattern", "bg-gradient", "popover", "bs-popover", "tooltip", "bs-tooltip", "switch-icon",
    "form-imagecheck", "form-colorinput", "form-floating", "modal", "accordion", "spinner-grow", "text-bg", "link-underline",
    "card-stamp", "page-cover", "img-responsive", "toast", "chart-sparkline", "legend", "focus-ring", "grid",
)  # fmt: skip
# A class belongs to the family of its first word.
USED_FAMILIES = {
    "active", "alert", "align", "asc", "badge", "blockquote", "border", "btn", "card", "col", "container", "d", "desc",
    "disabled", "empty", "figure", "flex", "footer", "form", "fw", "gap", "h1", "h2", "h3", "h4", "h5", "h6", "hover", "hr",
    "icon", "is", "justify", "kbd", "lead", "loader", "mark", "mb", "ms", "mt", "my", "nav", "page", "pagination", "progress",
    "prose", "pt", "py", "required", "rounded", "row", "show", "skip", "small", "status", "steps", "strong", "table", "tag",
    "text", "timeline", "touch", "visible", "visually", "w",
}  # fmt: skip
VARIANT = re.compile(
    r"-(?:blue|azure|indigo|purple|pink|red|orange|yellow|lime|green|teal|cyan|gray|muted|x|facebook|twitter|linkedin|google"
    r"|youtube|vimeo|dribbble|github|instagram|pinterest|vk|rss|flickr|bitbucket|tabler|dark|light|white|black|primary|secondary"
    r"|success|info|warning|danger|cards?|inverted|sm|md|lg|xl|start|end)(?:-|$)"
)
USED_VARIANTS = {
    "align-items-start", "btn-danger", "btn-primary", "btn-sm", "form-control-sm", "form-select-sm", "icon-end", "icon-sm",
    "text-secondary",
}  # fmt: skip


def fetch(package: str, version: str, into: Path) -> Path:
    """Download and unpack one pinned package; answers its folder."""
    into.mkdir(parents=True)
    command = ["npm", "pack", f"{package}@{version}", "--silent", "--pack-destination", str(into)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    (archive,) = into.glob("*.tgz")
    with tarfile.open(archive) as packed:
        packed.extractall(into, filter="data")
    return into / "package"


def without_source_map(text: str) -> str:
    """Drop the source-map comment: the map is not served, and collectstatic refuses a name it can't find."""
    return re.sub(r"\n?(/\*|//)# sourceMappingURL=\S+?(\*/)?\s*$", "\n", text)


def css_blocks(css: str) -> Iterator[tuple[str, str | None]]:
    """Split minified CSS into (prelude, body) at the outermost level; body is None for statements such as @charset."""
    start = depth = opened = 0
    for at, letter in enumerate(css):
        if letter == ";" and depth == 0:
            yield css[start:at].strip(), None
            start = at + 1
        elif letter == "{":
            depth += 1
            opened = at if depth == 1 else opened
        elif letter == "}":
            depth -= 1
            if depth == 0:
                yield css[start:opened].strip(), css[opened + 1 : at]
                start = at + 1


def without_families(css: str, families: tuple[str, ...]) -> str:
    """Remove every selector that names a class of an unused family."""
    unused = re.compile(r"\.(?:" + "|".join(map(re.escape, families)) + r")|navbar|data-vc|data-bs-sid|-xxl\b")
    return without(css, lambda selector: unused.search(selector) is not None)


def only_used(css: str) -> str:
    """Remove every selector that names a class which is in no used family, or a colour or size that nobody uses."""
    return without(css, lambda selector: any(map(is_unused, re.findall(r"\.(-?[A-Za-z_][\w-]*)", selector))))


def is_unused(name: str) -> bool:
    is_variant = VARIANT.search(name) is not None and name not in USED_VARIANTS
    return name.partition("-")[0] not in USED_FAMILIES or is_variant


def without(css: str, is_unwanted: Callable[[str], bool]) -> str:
    """Remove the unwanted selectors, and every rule left without a selector."""
    kept: list[str] = []
    for prelude, body in css_blocks(css):
        if body is None:
            kept.append(f"{prelude};")
        elif prelude.startswith(("@media", "@supports", "@container", "@layer")):
            inner = without(body, is_unwanted)
            kept.append(f"{prelude}{{{inner}}}" if inner else "")
        elif prelude.startswith("@"):
            kept.append(f"{prelude}{{{body}}}")
        else:
            notice, selector = split_notice(prelude)
            selectors = [one for one in re.split(r",(?![^(]*\))", selector) if not is_unwanted(one)]
            kept.append(notice + (f"{','.join(selectors)}{{{body}}}" if selectors else ""))
    return "".join(kept)


def split_notice(prelude: str) -> tuple[str, str]:
    """A licence stands before the rule that follows it; the addresses in it are no classes."""
    found = re.match(r"(?:\s*/\*.*?\*/)*", prelude, re.DOTALL)
    end = found.end() if found else 0
    return prelude[:end], prelude[end:]


def sprite(icons: Path, names: list[str]) -> str:
    """One SVG with a <symbol> per icon; the stroke comes from the page, so that an icon takes the colour of its text."""
    ET.register_namespace("", SVG)
    sheet = ET.Element(f"{{{SVG}}}svg")
    for name in names:
        drawing = ET.parse(icons / f"{name}.svg").getroot()  # noqa: S314 - files of a package pinned here
        symbol = ET.SubElement(sheet, f"{{{SVG}}}symbol", {"id": name, "viewBox": "0 0 24 24"})
        for shape in drawing:
            if shape.get("stroke") != "none":  # the invisible bounding box
                shape.tail = None
                symbol.append(shape)
    return ET.tostring(sheet, encoding="unicode") + "\n"


def icon_names() -> list[str]:
    return ICON_NAMES.read_text().split()


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def served_files() -> list[Path]:
    return sorted(path for path in VENDOR.rglob("*") if path.is_file() and path != RECORD)


def record() -> dict[str, dict[str, str]]:
    """What is in the folder now: package versions, and the SHA-256 of each file."""
    return {
        "packages": PACKAGES,
        "sha256": {str(path.relative_to(VENDOR)): digest(path) for path in served_files()},
    }


def copy(folders: dict[str, Path]) -> None:
    for one in COPIED:
        target = VENDOR / one.target
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes((folders[one.package] / one.source).read_bytes())
        if target.suffix in {".css", ".js"}:
            target.write_text(without_source_map(target.read_text()))
    tabler = VENDOR / "tabler.min.css"
    tabler.write_text(only_used(without_families(tabler.read_text(), UNUSED_FAMILIES)) + "\n")
    (VENDOR / "icons.svg").write_text(sprite(folders["@tabler/icons"] / "icons" / "outline", icon_names()))


def update() -> None:
    with tempfile.TemporaryDirectory() as scratch:
        folders = {name: fetch(name, version, Path(scratch) / name) for name, version in PACKAGES.items()}
        copy(folders)
    RECORD.write_text(json.dumps(record(), indent=2) + "\n")
    print(f"vendored {len(served_files())} files into {VENDOR.relative_to(ROOT)}")


def differences() -> list[str]:
    """One sentence for each file that is not what the record says."""
    recorded = json.loads(RECORD.read_text())["sha256"]
    found = record()["sha256"]
    return [
        f"{name}: not as recorded in VERSIONS.json"
        for name in sorted(recorded | found)
        if recorded.get(name) != found.get(name)
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--check", action="store_true", help="compare the committed files with the record")
    if not parser.parse_args().check:
        update()
        return 0
    problems = differences()
    print("\n".join(problems) or f"{len(served_files())} vendored files are as recorded")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
