"""Reports: notebooks run with papermill, turned into self-contained pages, published together.

A reader never meets half a report; a page makes no request and runs no script; what failed is named. Parameters that a notebook does not
know, and months that the records do not cover, are errors.
"""
