"""diff: in what two models differ."""
