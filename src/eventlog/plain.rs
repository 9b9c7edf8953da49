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

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, SubsecRound, Utc};

use super::Wanted;
use super::binxml::{Field, KnownName, KnownNames, Name, Reader, SystemOutline};
use super::chunk::Span;
use super::classic::Origin;
use super::json::{Fields, identifier, number_in, time_in, trim_data, trim_nuls};
use super::utf16::{self, Unit};

/// More forms than this are not kept: then they are made up.
const MAX_PROOFS: usize = 1024;
/// Elements lie no deeper in what is passed over.
const MAX_DEPTH: usize = 16;
/// No more strings with names are read here: each name is compared with those before it.
const MAX_NAMED: usize = 64;

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
        interned: &mut HashSet<Arc<str>>,
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
    interned: &mut HashSet<Arc<str>>,
) -> Option<Arc<str>> {
    if let Some((stored, name)) = latest
        && units == stored
    {
        return Some(Arc::clone(name));
    }
    let text = trim_nuls(utf16::text(units)?);
    let name = match interned.get(text.as_str()) {
        Some(known) => Arc::clone(known),
        None => {
            let name: Arc<str> = text.into();
            interned.insert(Arc::clone(&name));
            name
        }
    };
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

/// A text between two tokens.
#[derive(Debug)]
enum Text<'a> {
    /// One piece, or none.
    Units(&'a [Unit]),
    /// Several, among them characters that XML writes as references.
    Pieces(String),
}

impl Default for Text<'_> {
    fn default() -> Self {
        Self::Units(&[])
    }
}

impl Text<'_> {
    fn into_string(self) -> Option<String> {
        match self {
            Self::Units(units) => utf16::text(units),
            Self::Pieces(text) => Some(text),
        }
    }

    /// Whether the crate, too, would take it.
    fn check(&self) -> Option<()> {
        match self {
            Self::Units(units) => utf16::is_well_formed(units).then_some(()),
            Self::Pieces(_) => Some(()),
        }
    }

    /// As a field of `System`, where it ends at this offset; `None` where it is not one piece, or
    /// not well-formed.
    fn field(&self, end: usize) -> Option<Field> {
        self.check()?;
        match self {
            Self::Units([]) => Some(Field::Absent),
            Self::Units(units) => {
                let start = end.checked_sub(units.len().checked_mul(2)?)?;
                Some(Field::Text(start, end))
            }
            Self::Pieces(_) => None,
        }
    }

    /// With more text behind.
    fn with(self, more: &str) -> Option<Self> {
        let mut text = self.into_string()?;
        text.push_str(more);
        Some(Self::Pieces(text))
    }

    /// The number that it is, if it is one; `None` where the text is not well-formed.
    fn number(self) -> Option<Option<u64>> {
        if let Self::Units(units) = self
            && let Some(number) = utf16::digits(units)
        {
            return Some(Some(number));
        }
        Some(number_in(&self.into_string()?))
    }

    /// Likewise the time.
    fn time(self) -> Option<Option<DateTime<Utc>>> {
        if let Self::Units(units) = self
            && let Some(time) = usual_time(units)
        {
            return Some(Some(time));
        }
        Some(time_in(&trim_nuls(self.into_string()?)))
    }
}

/// The time in the form in which Windows writes it: `2021-11-19T16:52:33.833733500Z`, cut to whole
/// microseconds like every time of an event.
fn usual_time(units: &[Unit]) -> Option<DateTime<Utc>> {
    let units = units.first_chunk::<30>().filter(|_| units.len() == 30)?;
    let is_punctuation = [
        (4, b'-'),
        (7, b'-'),
        (10, b'T'),
        (13, b':'),
        (16, b':'),
        (19, b'.'),
        (29, b'Z'),
    ]
    .iter()
    .all(|(at, byte)| units.get(*at) == Some(&[*byte, 0]));
    if !is_punctuation {
        return None;
    }
    let number = |from: usize, to: usize| u32::try_from(utf16::digits(units.get(from..to)?)?).ok();
    NaiveDate::from_ymd_opt(
        i32::try_from(number(0, 4)?).ok()?,
        number(5, 7)?,
        number(8, 10)?,
    )?
    .and_hms_nano_opt(
        number(11, 13)?,
        number(14, 16)?,
        number(17, 19)?,
        number(20, 29)?,
    )
    .map(|time| time.and_utc().trunc_subsecs(6))
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
struct Walk<'a, 'n> {
    tokens: Reader<'a>,
    names: &'n mut KnownNames,
    form: u64,
}

/// What follows within an element.
enum Child {
    Element(Name),
    End,
}

impl<'a> Walk<'a, '_> {
    /// Up to the end of `System`.
    fn head(&mut self) -> Option<SystemOutline> {
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
    fn rest(&mut self, fields: &mut Fields, takes_strings: bool) -> Option<()> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_in_the_usual_form_is_what_chrono_reads() {
        for text in [
            "2021-11-19T16:52:33.833733500Z",
            "2024-02-29T00:00:00.000000000Z",
            "2023-02-29T00:00:00.000000000Z",
            "2021-13-19T16:52:33.833733500Z",
            "2021-11-19T24:52:33.833733500Z",
            "2021-11-19T16:52:33.8337335000",
            "2021-11-19 16:52:33.833733500Z",
            "2021-11-19T16:52:60.833733500Z",
            "+021-11-19T16:52:33.833733500Z",
            "2021-11-19T16:52:33.8337335Z",
            "",
        ] {
            let units: Vec<Unit> = text.encode_utf16().map(u16::to_le_bytes).collect();
            if let Some(time) = usual_time(&units) {
                assert_eq!(Some(time), time_in(text), "{text}");
            }
            assert_eq!(Text::Units(&units).time(), Some(time_in(text)), "{text}");
        }
        let units: Vec<Unit> = "2021-11-19T16:52:33.833733500Z"
            .encode_utf16()
            .map(u16::to_le_bytes)
            .collect();
        assert!(usual_time(&units).is_some());
    }
}
