"""Event files for TensorBoard from results. One direction:

only.py    a part of the grid, as --only says
runs.py    the runs that are shown, and what they are called
series.py  what is shown of a run: scalars, moduli of eigenvalues, settings
events.py  a file of events; the only one that needs the package tensorboard
"""
