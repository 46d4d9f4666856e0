"""The room as every screen sees it at the same moment."""
