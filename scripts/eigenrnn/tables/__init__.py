"""Turns results into tables. One direction:

entries.py   one table entry: mean, interval, what is missing, and which entries are bold
training.py  by what its runs were trained
layout.py    what a table says, in cells and notes, whatever it is written in
notes.py     the notes below it
markdown.py, latex.py, long_csv.py  write it
"""
