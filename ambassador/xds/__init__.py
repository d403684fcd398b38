"""Output edge: moves names, versions and bytes to Envoy. Knows no features, no Kubernetes, no messages."""
