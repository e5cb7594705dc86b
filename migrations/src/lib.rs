//! The schema's history: each change of the database, in order.
