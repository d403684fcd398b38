"""Input edge: files and clusters become immutable config snapshots. The only place with a Kubernetes client."""
