"""Turns a grid's JSON results into tables. One direction:

results.py     reads table.json and the results of an experiment, and names what is broken
statistics.py  Student's t: intervals and paired tests
entries.py     one table entry: mean, interval, what is missing, and which entries are bold
layout.py      what a table says, in cells and notes, whatever it is written in
markdown.py, latex.py, long_csv.py  write it
output.py      puts files on disk, or compares them with it
"""
