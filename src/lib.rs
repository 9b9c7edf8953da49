//! Finds Windows activation failures in exported `.evtx` logs and tells what is wrong, why, how
//! sure that is, and what to do.

pub mod catalog;
pub mod diagnosis;
pub mod eventlog;
pub mod fleet;
pub mod hresult;
pub mod input;
pub mod report;
pub mod spp;
