//! What the caller looks for.

/// Which records are wanted: told once, by whoever knows what they mean.
///
/// A record is wanted where its provider's name or its source is one of the providers and its id
/// is among that provider's, or where its channel is one of the channels, whatever wrote it.
/// All comparisons are without regard to case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Providers by name or source.
    pub providers: Vec<WantedProvider>,
    /// Channels of which every record is wanted.
    pub channels: Vec<&'static str>,
    /// Of which event ids the strings are wanted, sorted; all where nothing is said. Events of
    /// other ids come without: taking text out is most of the work on a log that is full of them.
    pub strings: Option<Vec<u16>>,
}

/// One provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WantedProvider {
    /// Provider/@Name.
    pub name: &'static str,
    /// Provider/@EventSourceName, which old records may carry instead.
    pub source: Option<&'static str>,
    /// Which of its events.
    pub ids: WantedIds,
}

/// Which events of a provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WantedIds {
    /// All of them.
    All,
    /// These ids, sorted.
    Only(Vec<u16>),
}

impl Wanted {
    /// Whether any event of this origin can be wanted; the event's id still decides.
    pub(super) fn has_origin(&self, provider: &str, source: &str, channel: &str) -> bool {
        self.has_channel(channel) || self.providers_of(provider, source).next().is_some()
    }

    /// Whether an event is wanted.
    pub(super) fn has_event(
        &self,
        provider: &str,
        source: &str,
        channel: &str,
        event_id: u16,
    ) -> bool {
        self.has_channel(channel)
            || self
                .providers_of(provider, source)
                .any(|provider| match &provider.ids {
                    WantedIds::All => true,
                    WantedIds::Only(ids) => ids.contains(&event_id),
                })
    }

    /// Whether every event of an origin is wanted, whatever its id.
    pub(super) fn has_all_of(&self, provider: &str, source: &str, channel: &str) -> bool {
        let mut providers = self.providers_of(provider, source);
        self.has_channel(channel) || providers.any(|provider| provider.ids == WantedIds::All)
    }

    /// Whether the strings of an event with this id are wanted.
    pub(super) fn has_strings(&self, event_id: u16) -> bool {
        self.strings
            .as_ref()
            .is_none_or(|ids| ids.binary_search(&event_id).is_ok())
    }

    fn has_channel(&self, channel: &str) -> bool {
        self.channels
            .iter()
            .any(|wanted| !channel.is_empty() && wanted.eq_ignore_ascii_case(channel))
    }

    fn providers_of<'a>(
        &'a self,
        name: &'a str,
        source: &'a str,
    ) -> impl Iterator<Item = &'a WantedProvider> {
        self.providers.iter().filter(move |provider| {
            [name, source]
                .iter()
                .filter(|text| !text.is_empty())
                .any(|text| {
                    provider.name.eq_ignore_ascii_case(text)
                        || provider
                            .source
                            .is_some_and(|source| source.eq_ignore_ascii_case(text))
                })
        })
    }
}
