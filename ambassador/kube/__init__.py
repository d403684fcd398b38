"""The API server's client: configuration, authentication and TLS by the `kubernetes` package, objects as plain JSON.

The only place that imports it. Knows requests and answers; which kinds are read or written is not its business.
"""
