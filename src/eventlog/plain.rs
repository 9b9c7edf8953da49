//! Records without a template, read straight from their tokens.
//!
//! A collector writes each forwarded record with its whole XML in it: no template, no values, all
//! text. Through the evtx crate's JSON such a record takes ten times as long as its text takes
//! here. Only one form is read: `System`, then `EventData` with its strings or named strings, then
//! `RenderingInfo`, nothing twice, no value but text. All of it is looked at, also what is passed
//! over, since the crate refuses a record for any part of it. And a form is only believed once it is
//! proven: for each sequence of tokens and names, one record was read both ways, here and through
//! the crate's JSON, with the same result.
//!
//! Whatever is not exactly as expected is `None` here, and goes through the crate.

mod text;
mod walk;

use std::collections::HashMap;
use std::sync::Arc;

use super::Wanted;
use super::binxml::{Field, KnownNames, Name, Reader, SystemOutline};
use super::chunk::Span;
use super::classic::Origin;
use super::interner::Interner;
use super::json::{Fields, identifier, trim_nuls};
use super::utf16::{self, Unit};
use text::Text;
use walk::Walk;

/// More forms than this are not kept: then they are made up.
const MAX_PROOFS: usize = 1024;

/// The token that ends an element.
const END: u8 = 0x04;

/// What is proven, and the names met last.
#[derive(Debug)]
pub(super) struct Plain {
    /// By form, whether records of it are read here as through the crate.
    proofs: HashMap<u64, bool>,
    names: KnownNames,
    /// Provider, source, channel and computer of the record before, as stored and as text.
    latest: [Option<(Vec<Unit>, Arc<str>)>; 4],
}

impl Default for Plain {
    fn default() -> Self {
        Self {
            proofs: HashMap::new(),
            names: KnownNames::looking_closer(),
            latest: Default::default(),
        }
    }
}

impl Plain {
    /// Forgets the chunk before.
    pub(super) fn begin_chunk(&mut self) {
        self.names.begin_chunk();
        if self.proofs.len() > MAX_PROOFS {
            self.proofs.clear();
        }
    }

    /// Reads a record of a proven form.
    pub(super) fn read(
        &mut self,
        chunk: &[u8],
        span: &Span,
        head: &Head,
        wanted: &Wanted,
        interned: &mut Interner,
    ) -> Option<(Fields, Origin)> {
        let has_strings = |id| wanted.has_strings(id);
        let (fields, form) = head.fields(chunk, span, &mut self.names, has_strings)?;
        if self.proofs.get(&form) != Some(&true) {
            return None;
        }
        // Without an id it is for the crate's way to say what is wrong.
        fields.event_id?;
        let mut latest = self.latest.iter_mut();
        let mut name = |field: Field| intern(units(chunk, field)?, latest.next()?, interned);
        let outline = &head.outline;
        let origin = Origin {
            provider: name(outline.provider)?,
            source: name(outline.source)?,
            channel: name(outline.channel)?,
            computer: name(outline.computer)?,
            has_rendering_info: fields.has_rendering_info,
        };
        Some((fields, origin))
    }

    /// Takes note of how the crate read a record, as proof for or against reading its like here.
    pub(super) fn learn(&mut self, chunk: &[u8], span: &Span, by_crate: &Fields) {
        let read = Head::of(chunk, span, &mut self.names).and_then(|head| {
            let (fields, form) = head.fields(chunk, span, &mut self.names, |_| true)?;
            Some((head.with_names(chunk, fields)?, form))
        });
        if let Some((fields, form)) = read {
            self.proofs
                .entry(form)
                .or_insert_with(|| fields == *by_crate);
        }
    }
}

/// A name as text that many records share.
fn intern(
    units: &[Unit],
    latest: &mut Option<(Vec<Unit>, Arc<str>)>,
    interned: &mut Interner,
) -> Option<Arc<str>> {
    if let Some((stored, name)) = latest
        && units == stored
    {
        return Some(Arc::clone(name));
    }
    let text = trim_nuls(utf16::text(units)?);
    let name = interned.of(&text);
    match latest {
        Some((stored, latest)) => {
            stored.clear();
            stored.extend_from_slice(units);
            *latest = Arc::clone(&name);
        }
        None => *latest = Some((units.to_vec(), Arc::clone(&name))),
    }
    Some(name)
}

/// The code units of a field of `System`.
fn units(chunk: &[u8], field: Field) -> Option<&[Unit]> {
    match field {
        Field::Absent => Some(&[]),
        field => Some(field.text(chunk)?.as_chunks().0),
    }
}

/// Provider, source and channel of a record, which is read no further: with a collector most
/// records are not ours, and this is all that is looked at.
pub(super) fn names_ahead<'a>(
    chunk: &'a [u8],
    span: &Span,
    names: &mut KnownNames,
) -> Option<[&'a [u8]; 3]> {
    let mut tokens = Reader::of_record(chunk, span)?;
    if tokens.byte()? != 0x0F {
        return None;
    }
    tokens.skip(3)?;
    let mut around = [Name::Event, Name::System].into_iter();
    let mut provider = None;
    let mut source: &[Unit] = &[];
    loop {
        let token @ (0x01 | 0x41) = tokens.byte()? else {
            return None;
        };
        let element = tokens.element(token == 0x41, names)?.name;
        let mut name: &[Unit] = &[];
        let has_content = loop {
            match tokens.byte()? {
                0x06 | 0x46 => {
                    let attribute = tokens.name(names)?.name;
                    let text = one_piece(&mut tokens)?;
                    match (element, attribute) {
                        (Name::Provider, Name::Named) if name.is_empty() => name = text,
                        (Name::Provider, Name::Source) if source.is_empty() => source = text,
                        (Name::Provider, Name::Named | Name::Source) => return None,
                        _ => {}
                    }
                }
                token @ (0x02 | 0x03) => break token == 0x02,
                _ => return None,
            }
        };
        if let Some(around) = around.next() {
            if element != around || !has_content {
                return None;
            }
            continue;
        }
        if element == Name::Provider && provider.replace(name).is_some() {
            return None;
        }
        let text = match has_content {
            true => {
                let text = one_piece(&mut tokens)?;
                if tokens.byte()? != END {
                    return None;
                }
                text
            }
            false => &[],
        };
        if element == Name::Channel {
            let names = [provider?, source, text];
            return Some(names.map(|units| units.as_flattened()));
        }
    }
}

/// The text that follows, if any; what else makes it up is met by who reads on.
fn one_piece<'a>(tokens: &mut Reader<'a>) -> Option<&'a [Unit]> {
    match tokens.peek() {
        Some(0x05 | 0x45) => {
            tokens.skip(1)?;
            tokens.units()
        }
        _ => Some(&[]),
    }
}

/// A record up to the end of `System`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Head {
    pub(super) outline: SystemOutline,
    /// Where the rest begins.
    at: usize,
    /// Tells forms apart: a sum over the tokens and names; how many strings there are, and how long
    /// any text is, does not count.
    form: u64,
}

impl Head {
    /// Reads a record's head.
    pub(super) fn of(chunk: &[u8], span: &Span, names: &mut KnownNames) -> Option<Self> {
        let mut walk = Walk {
            tokens: Reader::of_record(chunk, span)?,
            names,
            form: 0,
        };
        let outline = walk.head()?;
        Some(Self {
            outline,
            at: walk.tokens.position(),
            form: walk.form,
        })
    }

    /// All fields but the names, and the whole record's form.
    fn fields(
        &self,
        chunk: &[u8],
        span: &Span,
        names: &mut KnownNames,
        has_strings: impl Fn(u16) -> bool,
    ) -> Option<(Fields, u64)> {
        let text = |field: Field| units(chunk, field).map(Text::Units);
        let outline = &self.outline;
        let (event_id, qualifiers) = identifier(
            text(outline.event_id)?.number()?,
            text(outline.qualifiers)?.number()?,
        );
        let level = text(outline.level)?.number()?;
        let mut fields = Fields {
            event_id,
            qualifiers,
            level: level.and_then(|level| u8::try_from(level).ok()),
            record_id: text(outline.record_id)?.number()?,
            time: text(outline.time)?.time()?,
            ..Fields::default()
        };
        let mut walk = Walk {
            tokens: Reader::of_record(chunk, span)?.from(self.at),
            names,
            form: self.form,
        };
        walk.rest(&mut fields, event_id.is_none_or(has_strings))?;
        Some((fields, walk.form))
    }

    fn with_names(&self, chunk: &[u8], fields: Fields) -> Option<Fields> {
        let name = |field: Field| Some(trim_nuls(utf16::text(units(chunk, field)?)?));
        Some(Fields {
            provider: name(self.outline.provider)?,
            source: name(self.outline.source)?,
            channel: name(self.outline.channel)?,
            computer: name(self.outline.computer)?,
            ..fields
        })
    }
}
