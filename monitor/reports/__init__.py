"""Reports on the positive list (监督执法正面清单): brief, article, year's summary, summary table. Pure.

`figures` counts records, `summary` and `texts` lay them out, `duties` says what is owed when; every
figure carries the records behind it.
"""
