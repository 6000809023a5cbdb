"""Files behind URLs: read by ranges, written whole, and kept in a folder of this machine where they are to be mapped."""

from .urls import StorageOptions, check_options, filesystem_of, is_url, open_url, transferring, write_url

__all__ = ["StorageOptions", "check_options", "filesystem_of", "is_url", "open_url", "transferring", "write_url"]
