"""Measures of how long people stay and where they go: life tables, incidences, hazards."""
