"""Requests that reach a route, made from its conditions and confirmed by the evaluator."""
