"""Structural codecs: an array of binary trees, node by node, made from other arrays of the same file."""
