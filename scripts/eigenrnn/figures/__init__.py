"""Draws what a grid's results and their analyses show. One direction:

study.py     reads results and analyses, and names what is missing
numbers.py   quantiles, intervals, and the measures of a spectrum
style.py     colours, markers, fonts; the frame of a picture; SVG, PNG and CSV
curves.py    lines by initializer in panels by cell, before and after training
spectra.py, moduli.py, memory.py, gradients.py, lyapunov.py, comparison.py, fixed_points.py,
linearity.py, modes.py, separability.py
             one figure each: pictures(study) makes its pictures, each with the data behind it
automaton.py draws a DFA
"""
