//! The strings of a record, which records that say the same share.
//!
//! A service tells the same again and again: the same list of licenses at every start, the same
//! arguments at every timer. What stands in a record as the same bytes is taken out once, and whoever
//! reads it further can tell by [`Strings::is_same`] that there is nothing new in it.

use std::collections::HashMap;
use std::ops::Deref;
use std::sync::Arc;

use foldhash::fast::RandomState;

/// The strings of EventData, in order.
#[derive(Clone, Debug, Default)]
pub struct Strings(Option<Arc<Vec<String>>>);

impl Strings {
    /// Whether both are the same ones, not only alike: then what was found in one is in the other.
    pub fn is_same(&self, other: &Self) -> bool {
        self.place() == other.place()
    }

    /// Where they lie, which no others do as long as these are held; nothing where there are none.
    pub(crate) fn place(&self) -> Option<usize> {
        self.0.as_ref().map(|strings| Arc::as_ptr(strings).addr())
    }

    /// Whether others may be the same.
    pub(crate) fn are_shared(&self) -> bool {
        self.0
            .as_ref()
            .is_some_and(|strings| Arc::strong_count(strings) > 1)
    }

    /// The strings, for whoever changes them.
    pub fn into_vec(self) -> Vec<String> {
        self.0.map(Arc::unwrap_or_clone).unwrap_or_default()
    }
}

impl From<Vec<String>> for Strings {
    fn from(strings: Vec<String>) -> Self {
        Self((!strings.is_empty()).then(|| Arc::new(strings)))
    }
}

impl FromIterator<String> for Strings {
    fn from_iter<I: IntoIterator<Item = String>>(strings: I) -> Self {
        strings.into_iter().collect::<Vec<_>>().into()
    }
}

impl Deref for Strings {
    type Target = [String];

    fn deref(&self) -> &[String] {
        self.0.as_ref().map_or(&[], |strings| strings.as_slice())
    }
}

impl PartialEq for Strings {
    fn eq(&self, other: &Self) -> bool {
        self.is_same(other) || **self == **other
    }
}

impl Eq for Strings {}

/// Bytes of records that are kept for comparison; then it begins anew. A list of licenses has some
/// thousands of them.
const MAX_BYTES: usize = 1 << 20;

/// Strings by the bytes that they were taken from.
#[derive(Debug, Default)]
pub(super) struct SharedStrings {
    known: HashMap<Box<[u8]>, Strings, RandomState>,
    bytes: usize,
}

impl SharedStrings {
    /// The strings of these bytes, which are taken out where they are new. The same bytes must always
    /// mean the same strings.
    pub(super) fn of(
        &mut self,
        bytes: &[u8],
        take_out: impl FnOnce() -> Option<Vec<String>>,
    ) -> Option<Strings> {
        if let Some(known) = self.known.get(bytes) {
            return Some(known.clone());
        }
        let strings = Strings::from(take_out()?);
        if self.bytes.saturating_add(bytes.len()) > MAX_BYTES {
            self.known.clear();
            self.bytes = 0;
        }
        self.bytes = self.bytes.saturating_add(bytes.len());
        self.known.insert(bytes.into(), strings.clone());
        Some(strings)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(shared: &mut SharedStrings, bytes: &[u8]) -> Strings {
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        shared.of(bytes, || Some(vec![text])).unwrap()
    }

    #[test]
    fn the_same_bytes_are_taken_out_once() {
        let mut shared = SharedStrings::default();
        let one = of(&mut shared, b"a");
        let again = shared.of(b"a", || None).unwrap();
        assert!(one.is_same(&again) && again.are_shared());
        let other = of(&mut shared, b"b");
        assert!(!one.is_same(&other) && one != other);
        assert_eq!(shared.of(b"c", || None), None);
        assert_eq!(one, Strings::from(vec!["a".to_owned()]));
    }

    #[test]
    fn what_is_kept_for_comparison_has_an_end() {
        let mut shared = SharedStrings::default();
        let one = of(&mut shared, b"a");
        for number in 0..40 {
            of(&mut shared, &vec![b'0' + number; MAX_BYTES / 10]);
            assert!(shared.bytes <= MAX_BYTES);
        }
        assert!(shared.known.len() < 11);
        assert!(!of(&mut shared, b"a").is_same(&one));
    }

    #[test]
    fn no_strings_are_the_same_whoever_has_none() {
        assert!(Strings::default().is_same(&Vec::new().into()));
        assert!(Strings::default().is_empty());
    }
}
