"""Says what a grid's results mean. One direction:

rules.py        levels, trivial predictors, and other constants
plan.py         experiments/analysis.yaml: what is asked, and what counts as an answer
values.py       one value per run, also for those that diverged
comparisons.py  paired comparisons with Xavier and with the best baseline
summary.py      over the whole grid: ranks, wins and losses, successful runs, epochs to threshold
places.py       what a pair of rows has in a place, or why that says nothing
searches.py     whose learning rate was searched
verdicts.py     the plan's tests of the proposal against each rival
answers.py      the plan's question and its answers, in tables and notes
sections.py     what a document is made of
document.py     all of that, in headings, tables and notes, whatever it is written in
render.py       writes it: Markdown, LaTeX, CSV, JSON
"""
