"""Eyes that stand still: camera platforms, AI boxes, cameras and recorders, a folder for each."""
