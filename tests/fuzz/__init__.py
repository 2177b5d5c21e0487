"""Fuzzing of the HJ 212 codec: a corpus, a mutator, what must hold of any bytes, and the runs.

make fuzz                                       guided by coverage, then ten million mutations
python -m tests.fuzz --frames 100000            mutations alone, in two processes
python -m tests.fuzz --guided 300               seconds guided by coverage alone
"""
