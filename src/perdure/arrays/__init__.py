"""Arrays: what they are, how their bytes are coded, and the region of the file that holds them."""
