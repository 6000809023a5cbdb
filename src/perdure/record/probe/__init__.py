"""The probe: sample rows, derived from the fitted state, with the outputs seen at save time."""
