"""One supplier's file, whatever its shape, as ready-to-stage columns and a list of problems per row: the values and the door.

Pure and synchronous: no database, no network. `reader` is the door; the floors below it are packages of their own, each of
which knows only those behind it: `mapping` (which column is what) > `recognition` (what the file looks like) > `cleaning`
(typed columns, reasons) > `formats` (blocks of text, whatever the format) > `vocabulary` (the words of headers).
"""
