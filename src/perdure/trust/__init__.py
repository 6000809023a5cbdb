"""Which names a file may use: decided over strings only, before anything of them is imported."""
