"""What arrives, by route: Envoy's gRPC access log is received, decoded and counted here, and a few requests are kept.

Nothing is ever sent to Envoy from here, and no traffic depends on it. No header and no client address is kept.
"""
