"""A cluster as a source: every kind is listed and watched on its own, so that what ails one stops no other.

Reads only. The client is `ambassador.kube`; what the objects mean is not known here.
"""
