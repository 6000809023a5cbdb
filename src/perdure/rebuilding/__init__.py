"""A model made anew: the same parameters, data and folds under other releases, in an environment of their own."""
