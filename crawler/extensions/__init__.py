"""What accompanies a run: its record, its pace."""
