"""Readers of a survey's files. Pure: a file in, what it says out, every doubt by its name.

Files come from many hands and are never believed: type by content, sizes bounded, XML without entities.
A reader raises `problems.Unreadable` and nothing else but OSError for a file that cannot be opened.
"""
