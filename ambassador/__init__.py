"""Ambassador: turns manifests into Envoy configuration, feeds it to Envoy and reports on it.

The composition root is `ambassador.app`; data flows sources → model → compile → xds.
"""
