//! One activation event: its fields, its strings, the computer that wrote it.
//!
//! Fields come first: they say what is a host, a client, a machine id or a key. In the strings a list
//! of a KMS event is taken apart by its commas, so that a computer that is called 25 changes no count;
//! all others are free text.

use super::names::{Pseudonyms, Role};
use crate::hresult::Hresult;
use crate::spp::{Activity, Family, FieldValue, RuleArguments, SppEvent};

/// What a field of a KMS event's list is.
#[derive(Clone, Copy)]
enum Place {
    Host,
    Client,
    Cmid,
}

/// The channels of Windows in which activation events stand.
const USUAL_CHANNELS: &[&str] = &[
    "Application",
    "ForwardedEvents",
    "Key Management Service",
    "System",
];

impl Pseudonyms {
    /// Replaces what an event tells of somebody, but for the name of its log.
    pub(super) fn event(&mut self, event: &mut SppEvent) {
        event.computer = self.computer(&event.computer, Role::Machine).into();
        let mut usual = USUAL_CHANNELS.iter();
        if !usual.any(|name| name.eq_ignore_ascii_case(&event.channel)) {
            event.channel = self.text(&event.channel).into();
        }
        // Anybody may write to the channel of a KMS host, under any name.
        if event.family == Family::Foreign {
            event.provider = self.text(&event.provider).into();
        }
        self.activity(&mut event.activity);
        // Strings that are told by a field as a whole.
        let mut whole: Vec<(String, String)> = Vec::new();
        for field in &mut event.fields {
            let FieldValue::Text(text) = &mut field.value else {
                continue;
            };
            let told = match field.name {
                "object_name" => self.object(text),
                "object_dn" => self.distinguished_name(text),
                "kms_id" | "windows_pid" => self.id(text),
                "partial_key" => self.key(text),
                _ => {
                    *text = self.text(text);
                    continue;
                }
            };
            whole.push((std::mem::replace(text, told.clone()), told));
        }
        for odd in &mut event.odd_fields {
            odd.text = match odd.name {
                "cmid" => self.cmid_field(&odd.text),
                "kms_host" | "kms_port" => self.host_field(&odd.text),
                _ => self.text(&odd.text),
            };
        }
        match &event.activity {
            Activity::KmsRequest(_) => {
                self.list(&mut event.data, 10, &[(2, Place::Host), (3, Place::Cmid)]);
            }
            Activity::KmsResponse(_) => self.list(&mut event.data, 8, &[]),
            Activity::KmsServed(_) => {
                self.list(&mut event.data, 9, &[(2, Place::Client), (3, Place::Cmid)]);
            }
            activity => {
                let own = match activity {
                    Activity::DnsPublishFailed { .. } => Some(1),
                    Activity::DnsPublished { .. } => Some(0),
                    _ => None,
                };
                let key = matches!(activity, Activity::KeyInstallFailed(_)).then_some(1);
                for (at, text) in event.data.iter_mut().enumerate() {
                    let is_of = |(logged, _): &&(String, String)| {
                        // A field's text is cut where the string goes on.
                        let begin = logged.trim_end_matches('…');
                        logged == text.trim() || (begin != logged && text.starts_with(begin))
                    };
                    *text = if Some(at) == own {
                        self.domain(text)
                    } else if Some(at) == key {
                        self.key(text)
                    } else if let Some((_, told)) = whole.iter().find(is_of) {
                        told.clone()
                    } else {
                        self.text(text)
                    };
                }
            }
        }
    }

    fn activity(&mut self, activity: &mut Activity) {
        match activity {
            Activity::KmsRequest(request) => {
                request.host = request.host.as_ref().map(|host| self.host(host));
                request.cmid = request.cmid.map(|cmid| self.cmid(cmid));
            }
            Activity::KmsServed(served) => self.served(served),
            Activity::DnsPublishFailed { domain, .. } | Activity::DnsPublished { domain } => {
                *domain = domain.as_ref().map(|domain| self.domain(domain));
            }
            Activity::KeyInstallFailed(failed) => {
                failed.partial_key = failed.partial_key.as_ref().map(|key| self.key(key));
            }
            Activity::RulesEvaluated(policies) => {
                for policy in policies {
                    policy.partial_key = policy.partial_key.as_ref().map(|key| self.key(key));
                    self.maybe_text(&mut policy.last_notification_id);
                }
            }
            Activity::AcquisitionFailed(failed) => {
                failed.server = failed.server.as_ref().map(|server| self.server(server));
                for step in &mut failed.steps {
                    step.text = self.text(&step.text);
                }
            }
            Activity::ServiceStarting { parameters } => self.maybe_text(parameters),
            Activity::SluiStarted(arguments) => self.rule(arguments),
            Activity::SluiFailed(failed) => {
                if let Some(arguments) = &mut failed.arguments {
                    self.rule(arguments);
                }
            }
            Activity::VolumeAttemptFailed(failed) => self.maybe_text(&mut failed.trigger),
            _ => {}
        }
    }

    /// A KMS host's record of a request.
    pub(super) fn served(&mut self, served: &mut crate::spp::KmsServed) {
        let client = served.client.as_ref();
        served.client = client.map(|name| self.computer(name, Role::Machine));
        served.cmid = served.cmid.map(|cmid| self.cmid(cmid));
    }

    fn rule(&mut self, arguments: &mut RuleArguments) {
        self.maybe_text(&mut arguments.trigger);
    }

    pub(super) fn maybe_text(&mut self, text: &mut Option<String>) {
        *text = text.as_ref().map(|text| self.text(text));
    }

    /// The strings of an event whose fields are a list, or strings of their own, as `spp` reads them.
    fn list(&mut self, data: &mut [String], count: usize, places: &[(usize, Place)]) {
        let first = data.first().map_or("", String::as_str);
        let is_list = first.contains(',');
        let is_joined = data.len() > count && (is_list || Hresult::parse_logged(first).is_none());
        let is_apart = data.len().saturating_add(1) >= count && !is_list;
        let (list, strings) = match data {
            [list, strings @ ..] if is_joined || !is_apart => (Some(list), strings),
            strings => (None, strings),
        };
        if let Some(list) = list {
            let (head, fields) = match list.strip_prefix("Info:") {
                Some(fields) => ("Info:", fields),
                None => ("", list.as_str()),
            };
            let fields = fields.split(',').enumerate();
            let told: Vec<String> = fields
                .map(|(at, text)| self.field(at, text, places))
                .collect();
            *list = format!("{head}{}", told.join(","));
        }
        for (at, text) in strings.iter_mut().enumerate() {
            *text = match is_joined || is_apart {
                true => self.field(at, text, places),
                false => self.text(text),
            };
        }
    }

    /// One field, with the spaces around it.
    fn field(&mut self, at: usize, text: &str, places: &[(usize, Place)]) -> String {
        let inner = text.trim();
        let begin = text.len() - text.trim_start().len();
        let (before, rest) = text.split_at(begin);
        let after = rest.get(inner.len()..).unwrap_or_default();
        let place = places.iter().find(|(place, _)| *place == at);
        let told = match place.map(|(_, place)| place) {
            Some(Place::Host) => self.host_field(inner),
            Some(Place::Client) => self.computer(inner, Role::Machine),
            Some(Place::Cmid) => self.cmid_field(inner),
            None => self.text(inner),
        };
        format!("{before}{told}{after}")
    }
}
