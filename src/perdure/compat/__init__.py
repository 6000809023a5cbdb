"""Estimators that predict as an older scikit-learn did, where today's class computes something else."""
