"""What a file holds, as data that a page, a table or JSON can show: nothing here prints or builds a model."""
