//! The `spptriage` program.
fn main() {}
