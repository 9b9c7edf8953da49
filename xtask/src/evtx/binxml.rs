//! Tokens of binary XML, written at the end of a chunk under construction.
//!
//! Elements inside a template definition carry a dependency number (which value must be there for
//! the element to be shown), elements outside do not; that is the only difference between the two.

use super::chunk::{Chunk, offset, u16_len};

/// No value decides whether the element is shown.
pub(super) const ALWAYS: Option<u16> = Some(0xffff);

/// An element that was begun: where its lengths must be filled in.
pub(super) struct Element {
    size_at: usize,
    attributes_at: Option<usize>,
}

/// Value types that we write.
pub(super) mod kind {
    pub(in super::super) const NULL: u8 = 0x00;
    pub(in super::super) const STRING: u8 = 0x01;
    pub(in super::super) const U8: u8 = 0x04;
    pub(in super::super) const U16: u8 = 0x06;
    pub(in super::super) const U32: u8 = 0x08;
    pub(in super::super) const U64: u8 = 0x0a;
    pub(in super::super) const BINARY: u8 = 0x0e;
    pub(in super::super) const GUID: u8 = 0x0f;
    pub(in super::super) const FILE_TIME: u8 = 0x11;
    pub(in super::super) const SID: u8 = 0x13;
    pub(in super::super) const HEX64: u8 = 0x15;
    pub(in super::super) const BINXML: u8 = 0x21;
    pub(in super::super) const STRINGS: u8 = 0x81;
}

impl Chunk {
    pub(super) fn fragment_header(&mut self) {
        self.put(&[0x0f, 0x01, 0x01, 0x00]);
    }

    pub(super) fn end_of_fragment(&mut self) {
        self.put(&[0x00]);
    }

    /// Begins an element without attributes.
    pub(super) fn open(&mut self, name: &str, dependency: Option<u16>) -> Element {
        self.open_with(name, dependency, false)
    }

    /// Begins an element; its attributes follow.
    pub(super) fn open_attributes(&mut self, name: &str, dependency: Option<u16>) -> Element {
        self.open_with(name, dependency, true)
    }

    fn open_with(&mut self, name: &str, dependency: Option<u16>, attributes: bool) -> Element {
        self.put(&[if attributes { 0x41 } else { 0x01 }]);
        if let Some(dependency) = dependency {
            self.put_u16(dependency);
        }
        let size_at = self.bytes.len();
        self.put_u32(0);
        self.put_name(name);
        let attributes_at = attributes.then(|| {
            self.put_u32(0);
            self.bytes.len() - 4
        });
        Element {
            size_at,
            attributes_at,
        }
    }

    /// An attribute's name; `last` where no other attribute follows. Its value is to be put next.
    pub(super) fn attribute(&mut self, name: &str, last: bool) {
        self.put(&[if last { 0x06 } else { 0x46 }]);
        self.put_name(name);
    }

    /// Ends an element's attributes; its content follows.
    pub(super) fn content(&mut self, element: &Element) {
        self.end_attributes(element);
        self.put(&[0x02]);
    }

    /// Ends an element behind its content.
    pub(super) fn close(&mut self, element: &Element) {
        self.put(&[0x04]);
        self.patch_size(element);
    }

    /// Ends an element that has no content (`<Security/>`).
    pub(super) fn close_empty(&mut self, element: &Element) {
        self.end_attributes(element);
        self.put(&[0x03]);
        self.patch_size(element);
    }

    fn end_attributes(&mut self, element: &Element) {
        if let Some(at) = element.attributes_at {
            self.patch_u32(at, offset(self.bytes.len() - at - 4));
        }
    }

    fn patch_size(&mut self, element: &Element) {
        let size = offset(self.bytes.len() - element.size_at - 4);
        self.patch_u32(element.size_at, size);
    }

    /// A literal text. An empty one leaves no token, as in real forwarded records.
    pub(super) fn text(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        let mut units: Vec<u16> = text.encode_utf16().collect();
        units.truncate(usize::from(u16::MAX));
        self.put(&[0x05, 0x01]);
        self.put_u16(u16_len(units.len()));
        for unit in units {
            self.put_u16(unit);
        }
    }

    /// The place of a value that may be missing; then its element or attribute is not shown.
    pub(super) fn value(&mut self, index: u16, kind: u8) {
        self.put(&[0x0e]);
        self.put_u16(index);
        self.put(&[kind]);
    }

    /// The place of a value that is always shown.
    pub(super) fn fixed_value(&mut self, index: u16, kind: u8) {
        self.put(&[0x0d]);
        self.put_u16(index);
        self.put(&[kind]);
    }

    /// An element that holds one value and hangs on it (`<Level>`).
    pub(super) fn value_element(&mut self, name: &str, index: u16, kind: u8) {
        let element = self.open(name, Some(index));
        self.content(&element);
        self.value(index, kind);
        self.close(&element);
    }

    /// An element that holds a literal text.
    pub(super) fn text_element(&mut self, name: &str, dependency: Option<u16>, text: &str) {
        let element = self.open(name, dependency);
        self.content(&element);
        self.text(text);
        self.close(&element);
    }
}
