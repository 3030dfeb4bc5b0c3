"""Figures, tables and sentences, made only from what was released.

`kinds/` has a file for each kind of chart or table; `drawing/` and `text/` are what they share; `charts.py`, `tables.py` and `words.py`
have the public names. Importing this package loads no drawing library: each is imported when its first chart or table is drawn.
"""
