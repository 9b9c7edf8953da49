//! The walk over a record's tokens: its fields, and the form that they make.

use super::END;
use super::text::Text;
use crate::eventlog::binxml::{KnownName, KnownNames, Name, Reader, SystemOutline};
use crate::eventlog::json::{Fields, trim_data, trim_nuls};
use crate::eventlog::utf16;

/// Elements lie no deeper in what is passed over.
const MAX_DEPTH: usize = 16;
/// No more strings with names are read here: each name is compared with those before it.
const MAX_NAMED: usize = 64;

/// Things that may occur once.
#[derive(Default)]
struct Once(u32);

impl Once {
    fn set(&mut self, name: Name) -> Option<()> {
        let bit = 1_u32.checked_shl(name as u32)?;
        let is_new = self.0 & bit == 0;
        self.0 |= bit;
        is_new.then_some(())
    }
}

/// The walk over a record's tokens.
pub(super) struct Walk<'a, 'n> {
    pub(super) tokens: Reader<'a>,
    pub(super) names: &'n mut KnownNames,
    pub(super) form: u64,
}

/// What follows within an element.
enum Child {
    Element(Name),
    End,
}

impl<'a> Walk<'a, '_> {
    /// Up to the end of `System`.
    pub(super) fn head(&mut self) -> Option<SystemOutline> {
        if self.tokens.byte()? != 0x0F {
            return None;
        }
        self.tokens.skip(3)?;
        let Child::Element(Name::Event) = self.child()? else {
            return None;
        };
        if !self.attributes(|_, text, _| text.check())? {
            return None;
        }
        let Child::Element(Name::System) = self.child()? else {
            return None;
        };
        if !self.attributes(|_, text, _| text.check())? {
            return None;
        }
        let mut outline = SystemOutline::default();
        let mut once = Once::default();
        while let Child::Element(name) = self.child()? {
            if name != Name::Other {
                once.set(name)?;
            }
            let has_content = self.attributes(|attribute, text, end| {
                let field = text.field(end)?;
                outline.set(name, Some(attribute), field);
                Some(())
            })?;
            if has_content {
                let text = self.text()?;
                let field = text.field(self.tokens.position())?;
                outline.set(name, None, field);
                self.end()?;
            }
        }
        Some(outline)
    }

    /// Behind `System`.
    pub(super) fn rest(&mut self, fields: &mut Fields, takes_strings: bool) -> Option<()> {
        let mut once = Once::default();
        while let Child::Element(name) = self.child()? {
            once.set(name)?;
            match name {
                Name::EventData => self.event_data(fields, takes_strings)?,
                Name::RenderingInfo => {
                    fields.has_rendering_info = true;
                    self.pass_over(0)?;
                }
                _ => return None,
            }
        }
        // Behind the end token nothing is read.
        matches!(self.tokens.peek(), None | Some(0)).then_some(())
    }

    fn event_data(&mut self, fields: &mut Fields, takes_strings: bool) -> Option<()> {
        if !self.attributes(|_, text, _| text.check())? {
            return Some(());
        }
        let mut has_binary = false;
        let mut strings = 0_usize;
        let mut latest = 0;
        loop {
            let around = std::mem::take(&mut self.form);
            let child = self.child()?;
            match child {
                Child::Element(Name::Data) => {
                    strings = strings.checked_add(1)?;
                    self.string(fields, takes_strings)?;
                }
                Child::Element(Name::Binary) if !has_binary => {
                    has_binary = true;
                    if self.attributes(|_, text, _| text.check())? {
                        self.content()?.check()?;
                    }
                }
                Child::Element(_) => return None,
                Child::End => {}
            }
            let of_child = std::mem::replace(&mut self.form, around);
            // Of strings of one form in a row only the first makes the form.
            if of_child != latest {
                self.note(of_child);
                latest = of_child;
            }
            if let Child::End = child {
                break;
            }
        }
        // The crate writes one string otherwise than several.
        self.note(u64::from(strings > 1));
        trim_data(&mut fields.data, &mut fields.data_names);
        Some(())
    }

    fn string(&mut self, fields: &mut Fields, is_taken: bool) -> Option<()> {
        let mut name = None;
        let has_content = self.attributes(|attribute, text, _| {
            (attribute == Name::Named && name.is_none()).then(|| name = Some(text))
        })?;
        let text = match has_content {
            true => self.content()?,
            false => Text::default(),
        };
        if !is_taken {
            name.unwrap_or_default().check()?;
            return text.check();
        }
        let has_names = !fields.data_names.is_empty();
        match name {
            Some(name) => {
                let name = name.into_string()?;
                // Names that mean something to the crate, and twice the same, are its business.
                let is_usual = !matches!(
                    name.as_str(),
                    "" | "#attributes" | "#text" | "Data" | "Binary"
                ) && has_names != fields.data.is_empty()
                    && fields.data_names.len() < MAX_NAMED
                    && !fields.data_names.contains(&name);
                if !is_usual {
                    return None;
                }
                fields.data_names.push(name);
            }
            None if has_names => return None,
            None => {}
        }
        fields.data.push(trim_nuls(text.into_string()?));
        Some(())
    }

    /// Passes over an element, its start token being read.
    fn pass_over(&mut self, depth: usize) -> Option<()> {
        if depth > MAX_DEPTH {
            return None;
        }
        if !self.attributes(|_, text, _| text.check())? {
            return Some(());
        }
        loop {
            self.text()?.check()?;
            match self.child()? {
                Child::Element(_) => self.pass_over(depth.checked_add(1)?)?,
                Child::End => return Some(()),
            }
        }
    }

    /// The start of an element, or the end of the one that is open.
    fn child(&mut self) -> Option<Child> {
        match self.tokens.byte()? {
            END => {
                self.note(u64::from(END));
                Some(Child::End)
            }
            token @ (0x01 | 0x41) => {
                let known = self.tokens.element(token == 0x41, self.names)?;
                Some(Child::Element(self.named(token, known)?))
            }
            _ => None,
        }
    }

    /// An element's attributes, up to the end of its start; whether content and an end follow.
    fn attributes(
        &mut self,
        mut each: impl FnMut(Name, Text<'a>, usize) -> Option<()>,
    ) -> Option<bool> {
        loop {
            match self.tokens.byte()? {
                token @ (0x06 | 0x46) => {
                    let known = self.tokens.name(self.names)?;
                    let name = self.named(token, known)?;
                    let text = self.text()?;
                    each(name, text, self.tokens.position())?;
                }
                token @ (0x02 | 0x03) => {
                    self.note(u64::from(token));
                    return Some(token == 0x02);
                }
                _ => return None,
            }
        }
    }

    /// The content and the end of an element that has no others in it.
    fn content(&mut self) -> Option<Text<'a>> {
        let text = self.text()?;
        self.end()?;
        Some(text)
    }

    fn end(&mut self) -> Option<()> {
        self.note(u64::from(END));
        (self.tokens.byte()? == END).then_some(())
    }

    /// A text, up to the first token that is none.
    fn text(&mut self) -> Option<Text<'a>> {
        let mut text = Text::default();
        loop {
            match self.tokens.peek() {
                Some(0x05 | 0x45) => {
                    self.tokens.skip(1)?;
                    let units = self.tokens.units()?;
                    text = match text {
                        Text::Units([]) => Text::Units(units),
                        text => text.with(&utf16::text(units)?)?,
                    };
                }
                Some(0x08 | 0x48) => {
                    self.tokens.skip(1)?;
                    let char = char::from_u32(u32::from(self.tokens.u16()?))?;
                    text = text.with(char.encode_utf8(&mut [0; 4]))?;
                }
                Some(0x09 | 0x49) => {
                    self.tokens.skip(1)?;
                    text = text.with(entity(self.tokens.name_text()?)?)?;
                }
                _ => break,
            }
        }
        self.note(match &text {
            Text::Units([]) => 0x50,
            Text::Units(_) => 0x51,
            Text::Pieces(_) => 0x52,
        });
        Some(text)
    }

    fn named(&mut self, token: u8, known: KnownName) -> Option<Name> {
        self.note((u64::from(known.hash) << 8) | u64::from(token));
        (known.name != Name::Odd).then_some(known.name)
    }

    fn note(&mut self, what: u64) {
        self.form = (self.form.rotate_left(5) ^ what).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    }
}

/// The character that a reference stands for.
fn entity(name: &[u8]) -> Option<&'static str> {
    Some(match name {
        b"q\0u\0o\0t\0" => "\"",
        b"a\0p\0o\0s\0" => "'",
        b"a\0m\0p\0" => "&",
        b"l\0t\0" => "<",
        b"g\0t\0" => ">",
        _ => return None,
    })
}
