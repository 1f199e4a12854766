"""Reads one supplier's file, whatever its shape, as ready-to-stage columns and a list of problems per row.

Pure and synchronous: no database, no network. `reader` is the door, the other modules are its steps:
`container` (archives) > `sniff` (encoding, delimiter, header) > `blocks` (bounded frames) > `profile` (what the
values look like) > `suggest` (which column is what) > `clean` (typed columns, reasons).
"""
