"""`make bench`: how fast the product is against a floor that does the least that can be done, in one run.

Not collected by pytest: figures depend on the machine, only their ratios are claims.
"""
