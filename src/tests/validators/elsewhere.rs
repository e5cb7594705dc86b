//! Four validators in processes of their own.
