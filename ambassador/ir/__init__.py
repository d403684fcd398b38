"""What Envoy should do, in our words: frozen values of tuples. No Kubernetes, no protobuf."""
