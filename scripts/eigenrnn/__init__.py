"""From a grid's results to tables, statistics, figures and the page. Each stands on those before it:

command.py, text.py, output.py, palette.py  what all share: how a script ends, texts, files, colours
results/     reads what the runner wrote, and packs it
inference/   means, intervals, tests
tables/      tables of means: Markdown, LaTeX, CSV
statistics/  comparisons, ranks, verdicts
figures/     the figures of the dynamics
search/      the search of learning rates: the choice, and the curves behind it
findings/    the numbers of docs/findings.md
report/      the page's data
performance/ docs/performance.md, from what the benchmarks measured; stands on tables/ and figures/
"""
