"""Reports: notebooks run with papermill, turned into self-contained pages, published together.

Promises: a reader never meets half a report; a page makes no request and runs no script; what failed is said. Refuses: what has not been
released, parameters a notebook does not know, and months that the records do not cover.
"""
