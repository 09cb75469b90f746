"""The numbers in docs/findings.md. One direction:

parts.py       what is written in the same way everywhere
dynamics.py    of the experiments dynamics_*: linear model, what is kept, kinds of task, spectra
prediction.py  does what a network is like before training tell how it ends?
document.py    all of them, between their marks
"""
