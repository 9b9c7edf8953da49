//! Who asked a KMS host when, and how far that came: what proves that a host answered somebody at a
//! time, or nobody.
//!
//! Machines' logs can lie months apart. What one machine met at a host says something of what another
//! met there only where both asked at about the same time.

use chrono::{DateTime, TimeDelta, Utc};

use super::cause::Reach;
use super::host_log::Served;

/// Machines that asked a host this close together asked it in one state: a client that is not
/// activated asks every two hours, so that of an outage of a day every machine that is on takes notice.
const SAME_TIME: TimeDelta = TimeDelta::hours(24);
/// A host whose log shows requests this close together took them in between.
const RUNNING: TimeDelta = TimeDelta::hours(1);

/// A request to a KMS host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Contact {
    pub(crate) time: DateTime<Utc>,
    /// The machine that asked, as a place in the list of machines.
    pub(crate) machine: usize,
    /// How far it came; none where its log does not tell.
    pub(crate) reach: Option<Reach>,
    /// Whether it activated a product, and whether that is one of Windows.
    pub(crate) activated: Option<IsWindows>,
}

/// Whether a product is one of Windows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct IsWindows(pub(crate) bool);

/// A stretch of time, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) first: DateTime<Utc>,
    pub(crate) last: DateTime<Utc>,
}

impl Span {
    /// From the first to the last of these times.
    pub(crate) fn of(times: impl Iterator<Item = DateTime<Utc>>) -> Option<Self> {
        times.fold(None, |span: Option<Self>, time| {
            Some(span.map_or(
                Self {
                    first: time,
                    last: time,
                },
                |span| Self {
                    first: span.first.min(time),
                    last: span.last.max(time),
                },
            ))
        })
    }

    /// The same with so much more at both ends.
    pub(crate) fn widened(self, by: TimeDelta) -> Self {
        Self {
            first: self.first - by,
            last: self.last + by,
        }
    }

    fn overlaps(&self, other: &Self) -> bool {
        self.first <= other.last && other.first <= self.last
    }
}

/// What came of all requests to one KMS host, and when its own log shows it at work. Each list is by
/// time, so that a question looks at little of it, however many machines asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Contacts {
    /// Requests that asked the host, as far as logs tell: a name that is not found asks nobody.
    asked: Vec<(DateTime<Utc>, usize)>,
    /// When something at the host took a connection.
    taken: Vec<(DateTime<Utc>, usize)>,
    /// When it activated a machine.
    activated: Vec<(DateTime<Utc>, usize)>,
    /// Those of a product of Windows.
    activated_windows: Vec<(DateTime<Utc>, usize)>,
    /// When it took requests.
    running: Vec<Span>,
    /// When it granted requests.
    granting: Vec<Span>,
}

impl Contacts {
    pub(super) fn push(&mut self, contact: Contact) {
        let entry = (contact.time, contact.machine);
        if contact.reach != Some(Reach::Nowhere) {
            self.asked.push(entry);
        }
        if contact.reach.is_some_and(|reach| reach >= Reach::Connected) {
            self.taken.push(entry);
        }
        if let Some(IsWindows(is_windows)) = contact.activated {
            self.activated.push(entry);
            if is_windows {
                self.activated_windows.push(entry);
            }
        }
    }

    /// Takes the host's own log in, when all contacts are there.
    pub(super) fn finish(&mut self, served: &[Served]) {
        self.asked.sort_unstable();
        self.taken.sort_unstable();
        self.activated.sort_unstable();
        self.activated_windows.sort_unstable();
        self.running = stretches(served.iter().map(|served| served.time));
        let granted = served.iter().filter(|served| served.refusal().is_none());
        self.granting = stretches(granted.map(|served| served.time));
    }

    /// Whether it activated another machine in this time.
    pub(crate) fn activated_others(&self, machine: usize, span: Span) -> bool {
        within(&self.activated, span).any(|other| other != machine)
    }

    /// Whether it activated Windows in this time, on any machine.
    pub(crate) fn activated_windows(&self, span: Span) -> bool {
        within(&self.activated_windows, span).next().is_some()
    }

    /// Whether its own log shows requests that it granted in this time.
    pub(crate) fn granted(&self, span: Span) -> bool {
        let span = span.widened(RUNNING);
        self.granting
            .iter()
            .any(|granting| granting.overlaps(&span))
    }

    /// Whether nothing at the host took a connection around these requests of a machine, though
    /// another machine asked it at the same time as well.
    pub(crate) fn answered_nobody(&self, machine: usize, asked: &[DateTime<Utc>]) -> bool {
        let Some(span) = Span::of(asked.iter().copied()) else {
            return false;
        };
        let around = span.widened(SAME_TIME);
        if within(&self.taken, around).next().is_some()
            || self.running.iter().any(|running| running.overlaps(&around))
        {
            return false;
        }
        asked.iter().any(|time| {
            let same = Span::of(std::iter::once(*time)).map(|span| span.widened(SAME_TIME));
            let mut near = same.into_iter().flat_map(|span| within(&self.asked, span));
            near.any(|other| other != machine)
        })
    }
}

/// The machines of a list that stand in this time.
fn within(list: &[(DateTime<Utc>, usize)], span: Span) -> impl Iterator<Item = usize> {
    let begin = list.partition_point(|(time, _)| *time < span.first);
    let rest = list.iter().skip(begin);
    let inside = rest.take_while(move |(time, _)| *time <= span.last);
    inside.map(|(_, machine)| *machine)
}

/// The stretches of time in which these came close together.
fn stretches(times: impl Iterator<Item = DateTime<Utc>>) -> Vec<Span> {
    let mut times: Vec<DateTime<Utc>> = times.collect();
    times.sort_unstable();
    let mut stretches: Vec<Span> = Vec::new();
    for time in times {
        match stretches.last_mut() {
            Some(stretch) if time - stretch.last <= RUNNING => stretch.last = time,
            _ => stretches.push(Span {
                first: time,
                last: time,
            }),
        }
    }
    stretches
}
