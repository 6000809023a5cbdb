"""The migrations, one module a release of the library they belong to."""
