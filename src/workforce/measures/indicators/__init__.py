"""Measures of the partnership's own list of indicators, and what organisations count themselves."""
