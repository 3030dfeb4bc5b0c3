"""Measures of tables put together, or made coarser."""
