"""The measures: one file for each subject that a board discusses, each a pure function of records."""
