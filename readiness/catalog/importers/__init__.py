"""Catalogs from elsewhere: `read_…` turns text into entries and doubts, `apply` writes them and reports."""

from readiness.catalog.importers.apply import Keep, apply
from readiness.catalog.importers.backstage import read_backstage
from readiness.catalog.importers.entries import Catalog, Kind, Report, Skipped
from readiness.catalog.importers.spreadsheet import COLUMNS, read_spreadsheet

__all__ = ["COLUMNS", "Catalog", "Keep", "Kind", "Report", "Skipped", "apply", "read_backstage", "read_spreadsheet"]
