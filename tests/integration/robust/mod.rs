//! What happens to a run from outside: it is killed, interrupted, the disk is full, files vanish and
//! change while they are read, and how much is told on the way. Results are there whole or not at all, and what could be read is.

mod endings;
mod files;
mod options;
mod targets;
