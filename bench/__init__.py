"""Speed measured: the straight line against what people write without it."""
