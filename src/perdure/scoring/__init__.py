"""Scoring at scale: tables in, predictions out, in constant memory and each part whole or not at all."""
