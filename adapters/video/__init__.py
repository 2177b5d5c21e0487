"""Eyes: camera platforms, cameras, recorders."""
