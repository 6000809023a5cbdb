"""PMML: sklearn2pmml writes it and jpmml-evaluator runs it, both in a process beside this one."""
