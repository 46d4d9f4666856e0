"""Campaigns: one item, or one check of it, to be met by many services until a day."""
