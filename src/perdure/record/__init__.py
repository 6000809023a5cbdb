"""What a file knows about its origin: environment, data, source, scores, probe."""
