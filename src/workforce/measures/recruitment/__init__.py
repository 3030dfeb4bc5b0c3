"""Measures of filling posts, and what those who leave say."""
