//! A partial evaluator for Python settings files. No user code ever runs.
