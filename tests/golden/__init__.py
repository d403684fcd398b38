"""Golden cases: manifests in, problems and differences from a base configuration out."""
