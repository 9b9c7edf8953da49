//! Fields that stand for themselves, each read by its place in the event's strings. Most events have
//! only such: they are told in rows, and diagnosis concludes nothing from them.

use chrono::{DateTime, Utc};

use super::fields::{self, Fields};
use super::product::ActivationId;
use super::{Activity, Role};

/// A field of an event, by the name that it has in rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedField {
    /// Its name, which is that of its column.
    pub name: &'static str,
    /// What stands in it.
    pub value: FieldValue,
}

/// What stands in a named field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldValue {
    /// A text; GUIDs without braces and in lower case.
    Text(String),
    /// A number.
    Number(u32),
    /// A time.
    Time(DateTime<Utc>),
}

/// The name of a field and how its text is read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub(crate) name: &'static str,
    shape: Shape,
}

#[derive(Clone, Copy, Debug)]
enum Shape {
    /// A code, which stands among the event's codes under its role.
    Code(Role),
    Guid,
    Number,
    Time,
    Text,
    /// A text in which codes may stand.
    Prose,
    /// A list of which the number of lines is told, and the codes in it.
    Lines,
    /// A product key that is masked already, of which the last five characters are told.
    MaskedKey,
}

impl Place {
    const fn new(name: &'static str, shape: Shape) -> Self {
        Self { name, shape }
    }
}

pub(super) const HRESULT: Place = Place::new("hresult", Shape::Code(Role::Result));
pub(super) const ACTIVATION_ID: Place = Place::new("activation_id", Shape::Guid);
pub(super) const APPLICATION_ID: Place = Place::new("application_id", Shape::Guid);
pub(super) const APPLICATION_NAME: Place = Place::new("application_name", Shape::Text);
pub(super) const ARGUMENTS: Place = Place::new("arguments", Shape::Text);
pub(super) const DATA_NAME: Place = Place::new("data_name", Shape::Text);
pub(super) const DETAIL: Place = Place::new("detail", Shape::Prose);
pub(super) const DEVICES_ADDED: Place = Place::new("devices_added", Shape::Text);
pub(super) const DEVICES_CHANGED: Place = Place::new("devices_changed", Shape::Text);
pub(super) const DEVICES_REMOVED: Place = Place::new("devices_removed", Shape::Text);
pub(super) const FIRST_TIME: Place = Place::new("first_time", Shape::Time);
pub(super) const GRACE_DAYS: Place = Place::new("grace_days", Shape::Number);
pub(super) const GRACE_TYPE: Place = Place::new("grace_type", Shape::Number);
pub(super) const INVALID_LICENSES: Place = Place::new("invalid_licenses", Shape::Number);
pub(super) const KEY_ID: Place = Place::new("key_id", Shape::Text);
pub(super) const KMS_ID: Place = Place::new("kms_id", Shape::Text);
pub(super) const LICENSE_ID: Place = Place::new("license_id", Shape::Text);
pub(super) const LICENSE_TITLE: Place = Place::new("license_title", Shape::Text);
pub(super) const LOCATION: Place = Place::new("location", Shape::Text);
pub(super) const MINUTES_TO_EXPIRY: Place = Place::new("minutes_to_expiry", Shape::Number);
pub(super) const NEW_EDITION: Place = Place::new("new_edition", Shape::Number);
pub(super) const OBJECT_COUNT: Place = Place::new("object_count", Shape::Lines);
pub(super) const OBJECT_DN: Place = Place::new("object_dn", Shape::Text);
pub(super) const OBJECT_NAME: Place = Place::new("object_name", Shape::Text);
pub(super) const OLD_EDITION: Place = Place::new("old_edition", Shape::Number);
pub(super) const OPERATION: Place = Place::new("operation", Shape::Text);
pub(super) const PARTIAL_KEY: Place = Place::new("partial_key", Shape::MaskedKey);
pub(super) const PATH: Place = Place::new("path", Shape::Text);
pub(super) const POLICY: Place = Place::new("policy", Shape::Text);
pub(super) const PREVIOUS_PRIORITY: Place = Place::new("previous_priority", Shape::Number);
pub(super) const PRIORITY: Place = Place::new("priority", Shape::Number);
pub(super) const REARMS_LEFT: Place = Place::new("rearms_left", Shape::Number);
pub(super) const REASON: Place = Place::new("reason", Shape::Prose);
pub(super) const RESTART_AT: Place = Place::new("restart_at", Shape::Time);
pub(super) const SCAN_MUI_FILES: Place = Place::new("scan_mui_files", Shape::Prose);
pub(super) const SCAN_NEUTRAL_FILES: Place = Place::new("scan_neutral_files", Shape::Prose);
pub(super) const SECOND_TIME: Place = Place::new("second_time", Shape::Time);
pub(super) const STAGE: Place = Place::new("stage", Shape::Text);
pub(super) const STORE: Place = Place::new("store", Shape::Text);
pub(super) const TASK_FOLDER: Place = Place::new("task_folder", Shape::Text);
pub(super) const TASK_NAME: Place = Place::new("task_name", Shape::Text);
pub(super) const TEMPLATE_ID: Place = Place::new("template_id", Shape::Guid);
pub(super) const URI: Place = Place::new("uri", Shape::Text);
pub(super) const VALUE: Place = Place::new("value", Shape::Text);
pub(super) const WHAT: Place = Place::new("what", Shape::Prose);
pub(super) const WINDOWS_PID: Place = Place::new("windows_pid", Shape::Text);

/// Characters of a field's text that are told; the whole stands among the event's strings.
const TOLD_CHARS: usize = 300;

/// Reads the fields by their place.
pub(super) fn read(f: &mut Fields<'_>, places: &[Place]) -> Activity {
    for (at, place) in places.iter().enumerate() {
        tell(f, at.saturating_add(1), *place);
    }
    Activity::Other
}

/// Reads one field and tells it under its name.
pub(super) fn tell(f: &mut Fields<'_>, position: usize, place: Place) {
    let Some(text) = f.text(position) else {
        return;
    };
    let told = || Some(FieldValue::Text(fields::cut(text, TOLD_CHARS)));
    let name = place.name;
    let value = match place.shape {
        Shape::Code(role) => {
            f.code(position, name, role);
            None
        }
        Shape::Guid => f
            .read(position, name, fields::guid::<ActivationId>)
            .map(|id| FieldValue::Text(id.to_string())),
        Shape::Number => f
            .read(position, name, fields::number)
            .map(FieldValue::Number),
        Shape::Time => f
            .read(position, name, fields::utc_time)
            .map(FieldValue::Time),
        Shape::Text => told(),
        Shape::Prose => {
            for code in fields::codes_in_text(text) {
                f.take_code(code, Role::Text);
            }
            told()
        }
        Shape::Lines => {
            for code in fields::codes_in_list(text) {
                f.take_code(code, Role::Text);
            }
            let lines = text.lines().filter(|line| !line.trim().is_empty()).count();
            u32::try_from(lines).ok().map(FieldValue::Number)
        }
        Shape::MaskedKey => {
            fields::last_of_masked_key(text).map(|last| FieldValue::Text(last.to_owned()))
        }
    };
    f.name(name, value);
}
