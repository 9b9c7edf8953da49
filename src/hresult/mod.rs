//! VOCABULARY: one 32-bit result code.
//!
//! Parsing, printing and taking apart; names come from static tables. What a code means for
//! activation and what to do about it is the catalog's business.
