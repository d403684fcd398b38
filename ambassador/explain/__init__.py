"""Where a request goes and why, as Envoy decides it, told from the compiled IR alone. No Envoy messages, no I/O."""
