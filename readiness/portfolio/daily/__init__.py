"""Writes the daily facts: today's from what stands beside the items, those of days that nobody recorded from history."""
