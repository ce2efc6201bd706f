//! Servers and workers other than gunicorn: the options that matter.
