"""An open file as one page of HTML: no script, nothing from outside, and every text of the file as text."""
