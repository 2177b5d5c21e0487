"""How well the rules over curves see injected faults, and how often they speak of honest outlets.

Everything here is SYNTHETIC: no public set of emission data with labelled faults was found
(docs/detection.md). Series and faults were composed before any rule was tuned; nothing here knows how a
rule is made.
"""
