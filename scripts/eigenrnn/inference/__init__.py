"""What can be said about numbers with chance in them. What SciPy has is taken from there.

means.py        means and deviations, of numbers up to the largest
student.py      Student's t: intervals of a mean, the paired test
hypotheses.py   the exact sign-flip test, Holm's correction, shares, ranks
stratified.py   the gain over several places at once: its error, the permutation test within places
equivalence.py  benefit, equivalent, harm or cannot tell: intervals against a bound
"""
