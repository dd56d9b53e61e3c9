"""Measuring Footnote: benchmarks here; question sets, metrics and comparisons come to stand beside them."""
