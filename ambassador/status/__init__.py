"""What became of each object, told in the cluster: conditions, Ingress addresses and Events, written by one replica.

Reads revisions, never changes them; traffic depends on nothing here. Must not know how objects are watched or served.
"""
