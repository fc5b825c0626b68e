"""Files that nobody would write on purpose, and some that somebody would; `benchmarks/fuzz.py` makes more of them."""
