"""The gates at the doors: what must hold before the next stage may read a layer."""
