"""What scikit-learn keeps beside plain attributes, one file per family."""
