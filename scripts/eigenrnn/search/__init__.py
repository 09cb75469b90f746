"""The search of learning rates. One direction:

choice.py  which rate each cell and initializer gets, and where the search must be extended
curve.py   the whole curve of result against rate: CSV and Markdown
figure.py  the same, drawn
"""
