//! Makes fixtures.
