"""The running watcher: snapshots are compiled, published, and judged by what Envoy answers."""
