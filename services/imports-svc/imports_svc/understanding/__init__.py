"""How well files are understood: clean tables with known truth, dirtied by every kind of trouble, and judged as a job reads them.

A floor above `feeds.reader`; needs no stack. `tables` makes the truth, `draft` is a file in the making, `kinds` dirty it, `judge`
reads the bytes and compares. `python -m imports_svc.understanding` tells the figures per kind.
"""
