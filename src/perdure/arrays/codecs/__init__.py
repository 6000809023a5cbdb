"""Codecs: bytes to bytes, one small file each, in a closed registry."""
