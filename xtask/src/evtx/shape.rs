//! One record in each of the shapes that real logs hold.
//!
//! The token order, dependency numbers and value types are those of real records: classic ones
//! from Windows 7 to Server 2022, manifest ones of the same logs, and a collector's record
//! without templates. A value's place in the outer list is fixed (reference/events.md 9).

use super::binxml::{ALWAYS, kind};
use super::chunk::{Chunk, offset, u16_len};
use super::record::{Provider, Record, Rendering, Shape};

const NAMESPACE: &str = "http://schemas.microsoft.com/win/2004/08/events/event";
/// S-1-5-18, the system's own account.
const LOCAL_SYSTEM: [u8; 12] = [1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0];

/// Where things stand in the outer template's list of values.
struct Layout {
    related_activity: Option<u16>,
    /// Places of provider name, GUID and channel, where they are values.
    manifest: bool,
    data: u16,
}

impl Record {
    /// Writes the record to a chunk; false where it does not fit.
    pub(super) fn write(&self, chunk: &mut Chunk, number: u64) -> bool {
        let record_id = self.record_id.unwrap_or(number);
        chunk.record(number, self.time.0, |chunk| {
            chunk.fragment_header();
            match &self.shape {
                Shape::Classic => self.put_instance(chunk, record_id, &Layout::CLASSIC),
                Shape::ClassicShort => self.put_instance(chunk, record_id, &Layout::SHORT),
                Shape::Manifest => self.put_instance(chunk, record_id, &Layout::MANIFEST),
                Shape::Collector { rendering } => {
                    self.put_plain(chunk, record_id, rendering.as_ref());
                }
            }
            chunk.end_of_fragment();
        })
    }

    fn put_instance(&self, chunk: &mut Chunk, record_id: u64, layout: &Layout) {
        let key = if layout.manifest {
            format!("manifest\n{}", self.computer)
        } else {
            format!(
                "classic {}\n{:?}\n{}\n{}",
                layout.data, self.provider, self.channel, self.computer
            )
        };
        chunk.put_template(&key, |chunk| self.define_event(chunk, layout));

        let mut values = vec![(kind::NULL, Vec::new()); usize::from(layout.data)];
        values[0] = (kind::U8, vec![self.level]);
        values[1] = (kind::U8, vec![0]);
        values[2] = (kind::U16, vec![0, 0]);
        values[3] = (kind::U16, self.event_id.to_le_bytes().to_vec());
        values[5] = (kind::HEX64, self.keywords.to_le_bytes().to_vec());
        values[6] = (kind::FILE_TIME, self.time.0.to_le_bytes().to_vec());
        values[8] = (kind::U32, self.process_id.to_le_bytes().to_vec());
        values[9] = (kind::U32, self.thread_id.to_le_bytes().to_vec());
        values[10] = (kind::U64, record_id.to_le_bytes().to_vec());
        values[11] = (kind::U8, vec![0]);
        if layout.manifest {
            values[12] = (kind::SID, LOCAL_SYSTEM.to_vec());
            values[14] = (kind::STRING, utf16(&self.provider.name));
            if let Some(guid) = self.provider.guid.as_deref().and_then(guid_bytes) {
                values[15] = (kind::GUID, guid.to_vec());
            }
            values[16] = (kind::STRING, utf16(&self.channel));
        } else {
            values[4] = (kind::U16, self.qualifiers.to_le_bytes().to_vec());
        }

        chunk.put_u32(offset(values.len() + 1));
        for (kind, bytes) in &values {
            put_descriptor(chunk, *kind, bytes.len());
        }
        let data_size_at = chunk.bytes.len();
        put_descriptor(chunk, kind::BINXML, 0);
        for (_, bytes) in &values {
            chunk.put(bytes);
        }
        let data_at = chunk.bytes.len();
        chunk.fragment_header();
        if layout.manifest {
            self.put_named_data(chunk);
        } else {
            self.put_string_array(chunk);
        }
        chunk.end_of_fragment();
        // Patched as two bytes: the size of a value has no more.
        let size = u16_len(chunk.bytes.len() - data_at).to_le_bytes();
        chunk.bytes[data_size_at..data_size_at + 2].copy_from_slice(&size);
    }

    fn define_event(&self, chunk: &mut Chunk, layout: &Layout) {
        chunk.fragment_header();
        let event = chunk.open_attributes("Event", Some(layout.data));
        chunk.attribute("xmlns", true);
        chunk.text(NAMESPACE);
        chunk.content(&event);
        let system = chunk.open("System", ALWAYS);
        chunk.content(&system);

        let provider = chunk.open_attributes("Provider", ALWAYS);
        if layout.manifest {
            chunk.attribute("Name", false);
            chunk.value(14, kind::STRING);
            chunk.attribute("Guid", true);
            chunk.value(15, kind::GUID);
        } else {
            self.put_provider_attributes(chunk);
        }
        chunk.close_empty(&provider);

        let id = chunk.open_attributes("EventID", Some(3));
        chunk.attribute("Qualifiers", true);
        chunk.value(4, kind::U16);
        chunk.content(&id);
        chunk.value(3, kind::U16);
        chunk.close(&id);
        chunk.value_element("Version", 11, kind::U8);
        chunk.value_element("Level", 0, kind::U8);
        chunk.value_element("Task", 2, kind::U16);
        chunk.value_element("Opcode", 1, kind::U8);
        chunk.value_element("Keywords", 5, kind::HEX64);

        let time = chunk.open_attributes("TimeCreated", ALWAYS);
        chunk.attribute("SystemTime", true);
        chunk.value(6, kind::FILE_TIME);
        chunk.close_empty(&time);
        chunk.value_element("EventRecordID", 10, kind::U64);

        let correlation = chunk.open_attributes("Correlation", ALWAYS);
        chunk.attribute("ActivityID", layout.related_activity.is_none());
        chunk.value(7, kind::GUID);
        if let Some(index) = layout.related_activity {
            chunk.attribute("RelatedActivityID", true);
            chunk.value(index, kind::GUID);
        }
        chunk.close_empty(&correlation);

        let execution = chunk.open_attributes("Execution", ALWAYS);
        chunk.attribute("ProcessID", false);
        chunk.value(8, kind::U32);
        chunk.attribute("ThreadID", true);
        chunk.value(9, kind::U32);
        chunk.close_empty(&execution);

        if layout.manifest {
            chunk.value_element("Channel", 16, kind::STRING);
        } else {
            chunk.text_element("Channel", ALWAYS, &self.channel);
        }
        chunk.text_element("Computer", ALWAYS, &self.computer);
        let security = chunk.open_attributes("Security", ALWAYS);
        chunk.attribute("UserID", true);
        chunk.value(12, kind::SID);
        chunk.close_empty(&security);
        chunk.close(&system);
        chunk.value(layout.data, kind::BINXML);
        chunk.close(&event);
        chunk.end_of_fragment();
    }

    fn put_provider_attributes(&self, chunk: &mut Chunk) {
        let Provider { name, guid, source } = &self.provider;
        chunk.attribute("Name", guid.is_none() && source.is_none());
        chunk.text(name);
        if let Some(guid) = guid {
            chunk.attribute("Guid", source.is_none());
            chunk.text(guid);
        }
        if let Some(source) = source {
            chunk.attribute("EventSourceName", true);
            chunk.text(source);
        }
    }

    /// All strings as one value, then the length of Binary, then Binary.
    fn put_string_array(&self, chunk: &mut Chunk) {
        chunk.put_template("EventData of strings", |chunk| {
            chunk.fragment_header();
            let data = chunk.open("EventData", ALWAYS);
            chunk.content(&data);
            chunk.value_element("Data", 0, kind::STRINGS);
            let binary = chunk.open("Binary", Some(2));
            chunk.content(&binary);
            chunk.value(2, kind::BINARY);
            chunk.close(&binary);
            chunk.close(&data);
            chunk.end_of_fragment();
        });
        let mut array = Vec::new();
        for string in &self.strings {
            array.extend_from_slice(&utf16(string));
            array.extend_from_slice(&[0, 0]);
        }
        let typed = |kind, bytes: &[u8]| if bytes.is_empty() { kind::NULL } else { kind };
        let length = offset(self.binary.len()).to_le_bytes();
        chunk.put_u32(3);
        put_descriptor(chunk, typed(kind::STRINGS, &array), array.len());
        put_descriptor(chunk, kind::U32, length.len());
        put_descriptor(chunk, typed(kind::BINARY, &self.binary), self.binary.len());
        chunk.put(&array);
        chunk.put(&length);
        chunk.put(&self.binary);
    }

    /// Each string a value of its own, in an element with a name.
    fn put_named_data(&self, chunk: &mut Chunk) {
        let key = format!(
            "EventData of {} {}: {:?} {}",
            self.provider.name,
            self.event_id,
            self.names,
            self.strings.len()
        );
        chunk.put_template(&key, |chunk| {
            chunk.fragment_header();
            let data = chunk.open("EventData", ALWAYS);
            chunk.content(&data);
            for index in 0..self.strings.len() {
                let value = |chunk: &mut Chunk| {
                    chunk.fixed_value(u16_len(index), kind::STRING);
                };
                self.put_data(chunk, ALWAYS, index, value);
            }
            chunk.close(&data);
            chunk.end_of_fragment();
        });
        let values: Vec<Vec<u8>> = self.strings.iter().map(|string| utf16(string)).collect();
        chunk.put_u32(offset(values.len()));
        for value in &values {
            put_descriptor(chunk, kind::STRING, value.len());
        }
        for value in &values {
            chunk.put(value);
        }
    }

    fn put_data(
        &self,
        chunk: &mut Chunk,
        dependency: Option<u16>,
        index: usize,
        value: impl FnOnce(&mut Chunk),
    ) {
        let element = match self.names.get(index) {
            Some(name) => {
                let element = chunk.open_attributes("Data", dependency);
                chunk.attribute("Name", true);
                chunk.text(name);
                element
            }
            None => chunk.open("Data", dependency),
        };
        chunk.content(&element);
        value(chunk);
        chunk.close(&element);
    }

    /// The whole event as plain elements.
    fn put_plain(&self, chunk: &mut Chunk, record_id: u64, rendering: Option<&Rendering>) {
        let event = chunk.open_attributes("Event", None);
        chunk.attribute("xmlns", true);
        chunk.text(NAMESPACE);
        chunk.content(&event);
        let system = chunk.open("System", None);
        chunk.content(&system);
        let provider = chunk.open_attributes("Provider", None);
        self.put_provider_attributes(chunk);
        chunk.close_empty(&provider);
        let id = chunk.open_attributes("EventID", None);
        chunk.attribute("Qualifiers", true);
        chunk.text(&self.qualifiers.to_string());
        chunk.content(&id);
        chunk.text(&self.event_id.to_string());
        chunk.close(&id);
        chunk.text_element("Version", None, "0");
        chunk.text_element("Level", None, &self.level.to_string());
        chunk.text_element("Task", None, "0");
        chunk.text_element("Opcode", None, "0");
        chunk.text_element("Keywords", None, &format!("{:#x}", self.keywords));
        let time = chunk.open_attributes("TimeCreated", None);
        chunk.attribute("SystemTime", true);
        chunk.text(&self.time.iso_nanos());
        chunk.close_empty(&time);
        chunk.text_element("EventRecordID", None, &record_id.to_string());
        let correlation = chunk.open("Correlation", None);
        chunk.close_empty(&correlation);
        let execution = chunk.open_attributes("Execution", None);
        chunk.attribute("ProcessID", false);
        chunk.text(&self.process_id.to_string());
        chunk.attribute("ThreadID", true);
        chunk.text(&self.thread_id.to_string());
        chunk.close_empty(&execution);
        chunk.text_element("Channel", None, &self.channel);
        chunk.text_element("Computer", None, &self.computer);
        let security = chunk.open("Security", None);
        chunk.close_empty(&security);
        chunk.close(&system);

        let data = chunk.open("EventData", None);
        chunk.content(&data);
        for (index, string) in self.strings.iter().enumerate() {
            self.put_data(chunk, None, index, |chunk| chunk.text(string));
        }
        if !self.binary.is_empty() {
            let hex: String = self.binary.iter().map(|b| format!("{b:02X}")).collect();
            chunk.text_element("Binary", None, &hex);
        }
        chunk.close(&data);
        if let Some(rendering) = rendering {
            self.put_rendering(chunk, rendering);
        }
        chunk.close(&event);
    }

    fn put_rendering(&self, chunk: &mut Chunk, rendering: &Rendering) {
        let level = match self.level {
            2 => "Error",
            3 => "Warning",
            _ => "Information",
        };
        let info = chunk.open_attributes("RenderingInfo", None);
        chunk.attribute("Culture", true);
        chunk.text(&rendering.culture);
        chunk.content(&info);
        chunk.text_element("Message", None, &rendering.message);
        chunk.text_element("Level", None, level);
        chunk.text_element("Task", None, "");
        chunk.text_element("Opcode", None, "");
        chunk.text_element("Channel", None, "");
        chunk.text_element("Provider", None, &self.provider.name);
        let keywords = chunk.open("Keywords", None);
        chunk.content(&keywords);
        chunk.text_element("Keyword", None, "Classic");
        chunk.close(&keywords);
        chunk.close(&info);
    }
}

impl Layout {
    const CLASSIC: Self = Self {
        related_activity: Some(18),
        manifest: false,
        data: 19,
    };
    const SHORT: Self = Self {
        related_activity: None,
        manifest: false,
        data: 17,
    };
    const MANIFEST: Self = Self {
        related_activity: Some(13),
        manifest: true,
        data: 17,
    };
}

fn put_descriptor(chunk: &mut Chunk, kind: u8, size: usize) {
    chunk.put_u16(u16_len(size));
    chunk.put(&[kind, 0]);
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// A GUID in braces as the 16 bytes that a value holds; none where it is malformed.
fn guid_bytes(text: &str) -> Option<[u8; 16]> {
    let digits: String = text.chars().filter(char::is_ascii_hexdigit).collect();
    let number = u128::from_str_radix(&digits, 16).ok()?;
    if digits.len() != 32 {
        return None;
    }
    let mut bytes = number.to_be_bytes();
    // The first three groups are numbers, stored with the low byte first.
    bytes[..4].reverse();
    bytes[4..6].reverse();
    bytes[6..8].reverse();
    Some(bytes)
}
