"""Pure: a ConfigSnapshot becomes Envoy resources, recomputing only what a change reaches. No I/O."""
