import gzip
import re
from pathlib import Path

import django_htmx

from scripts import vendor

FIRST_PAGE_BUDGET = 150_000
HTMX = Path(django_htmx.__file__).parent / "static/django_htmx/htmx-4.min.js"
STATIC = vendor.VENDOR.parent


def test_the_committed_files_are_the_recorded_ones() -> None:
    assert vendor.differences() == []


def test_a_changed_file_is_noticed(tmp_path: Path) -> None:
    recorded = vendor.record()["sha256"]
    assert vendor.digest(vendor.VENDOR / "icons.svg") == recorded["icons.svg"]
    changed = tmp_path / "icons.svg"
    changed.write_bytes((vendor.VENDOR / "icons.svg").read_bytes() + b" ")
    assert vendor.digest(changed) != recorded["icons.svg"]


def test_the_sprite_has_every_listed_icon_and_no_other() -> None:
    sprite = (vendor.VENDOR / "icons.svg").read_text()
    assert re.findall(r'<symbol id="([^"]+)"', sprite) == vendor.icon_names()
    assert vendor.icon_names() == sorted(set(vendor.icon_names()))


def test_no_file_points_to_a_source_map_that_is_not_served() -> None:
    served = [path for path in vendor.served_files() if path.suffix in {".css", ".js"}]
    assert [path.name for path in served if "sourceMappingURL" in path.read_text()] == []


def test_unused_families_are_dropped_and_the_rest_is_kept() -> None:
    css = (
        "@charset 'x';.a,.navbar .a{x:y}.navbar-brand{x:y}@media (p){.carousel{x:y}}"
        "@media (q){.b{x:y}.carousel-item{}}@keyframes k{from{a:b}}"
    )
    kept = vendor.without_families(css, ("carousel",))
    assert kept == "@charset 'x';.a{x:y}@media (q){.b{x:y}}@keyframes k{from{a:b}}"


def test_a_selector_list_inside_parentheses_is_not_torn_apart() -> None:
    css = ".a:is(.b,.c),.d{x:y}"
    assert vendor.without_families(css, ("carousel",)) == css


def compressed(path: Path) -> int:
    content = path.read_bytes()
    return len(content) if path.suffix == ".woff2" else len(gzip.compress(content, 6))


def test_what_a_first_page_loads_fits_the_budget() -> None:
    loaded = [
        *(STATIC / "css").glob("*.css"),
        *(STATIC / "js").glob("*.js"),
        STATIC / "favicon.svg",
        *(vendor.VENDOR / name for name in ("tabler.min.css", "icons.svg", "inter-latin.woff2")),
        HTMX,
    ]
    page = 8_000  # of HTML, compressed
    assert sum(map(compressed, loaded)) + page <= FIRST_PAGE_BUDGET
