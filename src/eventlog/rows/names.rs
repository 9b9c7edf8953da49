//! Names that repeat from row to row, kept once: computers, channels, providers, logs.
//!
//! Rows come in runs of one log and one computer, so that the name of the row before is nearly
//! always the right one.

use std::sync::Arc;

use crate::eventlog::interner::Interner;

/// The names of one column.
#[derive(Debug, Default)]
pub(super) struct Names {
    last: Option<Arc<str>>,
    known: Interner,
}

impl Names {
    /// The name with this text.
    pub(super) fn get(&mut self, text: &str) -> Arc<str> {
        if let Some(last) = self.last.as_ref().filter(|last| &***last == text) {
            return Arc::clone(last);
        }
        let name = self.known.of(text);
        self.last = Some(Arc::clone(&name));
        name
    }

    /// The name with these bytes, if they are text.
    #[cfg(feature = "parquet")]
    pub(super) fn get_bytes(&mut self, bytes: &[u8]) -> Option<Arc<str>> {
        match self.last.as_ref().filter(|last| last.as_bytes() == bytes) {
            Some(last) => Some(Arc::clone(last)),
            None => std::str::from_utf8(bytes).ok().map(|text| self.get(text)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_kept_once() {
        let mut names = Names::default();
        let first = names.get("PC1");
        let other = names.get("PC2");
        assert_ne!(first, other);
        assert!(Arc::ptr_eq(&first, &names.get("PC1")));
        assert!(Arc::ptr_eq(&other, &names.get("PC2")));
    }
}
