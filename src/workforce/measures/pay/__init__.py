"""Measures of pay: on scales, between groups, and what things cost."""
