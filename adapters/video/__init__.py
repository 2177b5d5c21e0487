"""Eyes that stand still: camera platforms and AI boxes, one folder per way in which they speak."""
