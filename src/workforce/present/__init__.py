"""Figures, tables and sentences, made only from what was released.

Promises: importing this package loads no drawing library; each is imported when its first chart or table is drawn.
Refuses: by itself nothing; every function in it refuses what `wf.release` has not made.
"""
