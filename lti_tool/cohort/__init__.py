"""Pages about people's progress: they read everything and write nothing but the trail."""
