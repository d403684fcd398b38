"""Composition root: the only package that imports every layer. Decides who talks to whom, and nothing else."""
