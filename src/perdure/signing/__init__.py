"""Signatures in the OpenSSF's model-signing format: made and checked with a key, offline."""
