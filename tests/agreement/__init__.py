"""Proof that `ambassador.explain` and Envoy agree: random tables, random requests, and the route that each says."""
