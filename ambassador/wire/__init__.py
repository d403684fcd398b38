"""Envoy messages to bytes. Sits below compile because encodings are memoised with it; knows no features."""
