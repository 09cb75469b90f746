"""What can be said about numbers with chance in them. What SciPy has is taken from there.

means.py       means and deviations, of numbers up to the largest
student.py     Student's t: intervals of a mean, the paired test
hypotheses.py  the exact sign-flip test, Holm's correction, shares, ranks
"""
