"""Benchmarks that print figures beside a peer's, measured in the same run. They assert nothing."""
