"""The database all others stand on: its connection, raw contract, loader, vault and published face."""
