//! gunicorn: every setting as the real program would resolve it.
