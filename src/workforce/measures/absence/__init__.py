"""Measures of sickness absence: days lost, spells, and the records behind them."""
