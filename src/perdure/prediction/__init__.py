"""Prediction off the graph: what a fitted model computes, with numpy alone; nothing of scikit-learn is imported."""
