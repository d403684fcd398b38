"""A small API server on loopback: the protocol of lists and watches with its bad days, and nothing of Kubernetes."""
