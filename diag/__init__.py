"""The diagnostics app: health, metrics, API and page. It only reads; it compiles nothing and changes nothing.

It speaks HTTP to the watcher's report socket and to Envoy, never imports `ambassador`, and may be restarted any time.
"""
