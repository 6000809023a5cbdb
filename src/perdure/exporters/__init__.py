"""Exports: the model for runtimes of other worlds, handed over only when it was run there and compared."""
