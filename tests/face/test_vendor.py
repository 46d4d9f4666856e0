import gzip
import re
from pathlib import Path

from django.contrib.staticfiles import finders
from django.test import Client

from scripts import vendor
from tests.cast import Cast, login

FIRST_PAGE_BUDGET = 150_000
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


def test_of_a_used_family_only_the_used_variants_are_kept() -> None:
    css = ".btn{x:y}.btn-primary,.btn-cyan{x:y}.avatar{x:y}.btn.active:hover .card-sm{x:y}@media (p){.d-md-none{x:y}}"
    assert vendor.only_used(css) == ".btn{x:y}.btn-primary{x:y}"


def test_a_licence_with_addresses_is_no_class() -> None:
    css = "/*! Tabler, see tabler.io, MIT */:root,:host{x:y}/*! x.org */.avatar{x:y}"
    assert vendor.only_used(css) == "/*! Tabler, see tabler.io, MIT */:root,:host{x:y}/*! x.org */"


def test_a_selector_list_inside_parentheses_is_not_torn_apart() -> None:
    css = ".a:is(.b,.c),.d{x:y}"
    assert vendor.without_families(css, ("carousel",)) == css


def compressed(content: bytes) -> int:
    return len(gzip.compress(content, 6))


def test_what_a_first_page_loads_fits_the_budget(client: Client, cast: Cast) -> None:
    """Signed in, on the page that people see first: everything that it names, and the page itself."""
    page = login(client, cast.theo).get("/").content
    named = set(re.findall(rb'(?:href|src)="/static/([^"#]+)', page))
    files = [find(name.decode()) for name in sorted(named)]
    assert {"readiness.css", "inter-latin.woff2", "icons.svg"} <= {path.name for path in files}
    weight = sum(compressed(path.read_bytes()) for path in files)
    assert weight + compressed(page) <= FIRST_PAGE_BUDGET


def find(name: str) -> Path:
    found = finders.find(name)
    assert isinstance(found, str), name
    return Path(found)
