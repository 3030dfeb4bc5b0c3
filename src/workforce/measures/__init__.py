"""The measures: one file for each thing that a board argues about, each a pure function of canonical frames."""
