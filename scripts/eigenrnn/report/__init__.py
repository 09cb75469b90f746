"""Packs a grid's results into the files that the page in report/ shows. One direction:

conditions.py  what conditions are called
forest.py    the gains that the first picture shows
rates.py     result against learning rate
overview.py  what the page shows at once: tables, values of all runs, verdicts
details.py   what it loads on demand: learning curves, and each run's spectra, specification, provenance
pictures.py  the pictures of the dynamics, and their titles
folder.py    the folder: page, program, data, figures
"""
