"""CustomResourceDefinitions of our API group, written from the field declarations. Pure: values in, values out.

Must not read or write files; `k8s/generate.py` does that.
"""
