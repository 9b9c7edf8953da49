//! Names that many records share.

use std::collections::HashSet;
use std::sync::Arc;

/// More names than any honest log has; then it begins anew.
const MAX_NAMES: usize = 4096;

/// Gives the same text once.
#[derive(Debug, Default)]
pub(super) struct Interner(HashSet<Arc<str>>);

impl Interner {
    /// The name with this text.
    pub(super) fn of(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.0.get(text) {
            return Arc::clone(known);
        }
        if self.0.len() >= MAX_NAMES {
            self.0.clear();
        }
        let name: Arc<str> = text.into();
        self.0.insert(Arc::clone(&name));
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_text_is_one_name_and_there_is_an_end_to_names() {
        let mut names = Interner::default();
        let one = names.of("PC1");
        assert!(Arc::ptr_eq(&one, &names.of("PC1")));
        for number in 0..MAX_NAMES {
            names.of(&number.to_string());
        }
        assert!(names.0.len() <= MAX_NAMES);
        assert_eq!(names.of("PC1"), one);
    }
}
