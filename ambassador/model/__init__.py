"""What the user wrote: keys, raw objects, problems and typed reads. No Envoy words, no third-party imports, no I/O."""
