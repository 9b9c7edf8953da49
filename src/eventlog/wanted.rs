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
