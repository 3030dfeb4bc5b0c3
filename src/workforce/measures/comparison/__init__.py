"""Measures of beside others, and beside what chance would do."""
