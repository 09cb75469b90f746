"""How fast this is, from what the benchmarks measured. One direction:

machines.py  one JSON file for each machine
document.py  docs/performance.md, and README's table
figure.py    kernels against the limit, drawn
"""
