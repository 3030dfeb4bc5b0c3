"""Measures of cases: who holds them, how long they take, and what it would take."""
