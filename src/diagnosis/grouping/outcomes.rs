//! Outcomes that name no host: slui's (8198), a background try's (8233), the older scheduler's (8193
//! to 8196), and which drafts they end or take in.

use chrono::TimeDelta;

use super::{Draft, Grouping, ONE_FAILURE, Phase, Slui, ToldBy};
use crate::diagnosis::attempt::Try;
use crate::hresult::Hresult;
use crate::spp::{SluiFailed, VolumeAttemptFailed};

/// Around a genuine check, whose 8200 is no activation.
const GENUINE_CHECK: TimeDelta = TimeDelta::seconds(2);

/// Whether any of these times, in their order, lies within the window around a time.
fn is_any_near(times: &[TimeDelta], time: TimeDelta, window: TimeDelta) -> bool {
    let first = times.partition_point(|other| *other < time - window);
    times
        .get(first)
        .is_some_and(|other| *other <= time + window)
}

/// Adds the second list to the first and keeps the order of places.
fn merge_by<T>(into: &mut Vec<T>, from: Vec<T>, place: impl Fn(&T) -> usize) {
    let is_behind = match (into.last(), from.first()) {
        (Some(last), Some(first)) => place(last) <= place(first),
        _ => true,
    };
    into.extend(from);
    if !is_behind {
        into.sort_by_key(place);
    }
}

impl Grouping<'_> {
    pub(super) fn slui_failed(&mut self, at: usize, failed: &SluiFailed) {
        let now = self.elapsed(at);
        let arguments = failed.arguments.as_ref();
        let product = arguments.and_then(|a| a.activation_id);
        let trigger = arguments.and_then(|a| a.trigger.clone());
        let repeats = |draft: &Draft| {
            draft.slui.as_ref().is_some_and(|slui| {
                slui.code == failed.hresult
                    && now - slui.elapsed <= ONE_FAILURE
                    && (slui.product == product || draft.product == product)
            })
        };
        let before = self.find_recent(repeats);
        // The same report once more is no attempt of its own.
        let same = self.find_recent(|draft| {
            repeats(draft) && draft.slui.as_ref().is_some_and(|s| s.trigger == trigger)
        });
        let joins = |draft: &Draft| {
            let is_trace = draft.phase == Phase::Open && draft.is_trace;
            (draft.phase == Phase::Told || is_trace)
                && now - draft.last <= ONE_FAILURE
                && (draft.product.is_none() || product.is_none() || draft.product == product)
        };
        let mut joining: Vec<usize> = self
            .recent
            .iter()
            .copied()
            .filter(|place| self.drafts.get(*place).is_some_and(joins))
            .collect();
        let draft = match same {
            Some(draft) => {
                joining.extend(self.find_open(at, |d| d.product.is_some() && d.product == product));
                draft
            }
            None => self.outcome_draft(at, product),
        };
        for place in joining {
            self.absorb(draft, place);
        }
        if same.is_some() {
            self.add(draft, at);
        }
        let catalog = self.catalog;
        let Some(open) = self.drafts.get_mut(draft) else {
            return;
        };
        open.is_silent = arguments
            .and_then(|a| a.action.as_ref())
            .is_some_and(|a| a.as_str() == "AutoActivateSilent");
        open.trigger.clone_from(&trigger);
        open.fail(at, failed.hresult, catalog);
        open.phase = Phase::Closed;
        open.slui = Some(Slui {
            code: failed.hresult,
            product,
            trigger,
            elapsed: now,
        });
        if let Some(before) = before.filter(|_| same.is_none()) {
            self.borrowers.push((draft, before));
        }
    }

    /// Makes one draft part of another.
    pub(super) fn absorb(&mut self, into: usize, from: usize) {
        if into == from {
            return;
        }
        let Some(absorbed) = self.drafts.get_mut(from) else {
            return;
        };
        absorbed.phase = Phase::Absorbed;
        let events = std::mem::take(&mut absorbed.events);
        let outcome_events = std::mem::take(&mut absorbed.outcome_events);
        let tries = std::mem::take(&mut absorbed.tries);
        let codes = std::mem::take(&mut absorbed.codes);
        let (product, state, licensed, last_request) = (
            absorbed.product,
            absorbed.state_before,
            absorbed.licensed_before,
            absorbed.last_request,
        );
        for request in tries.iter().filter_map(|t| t.request) {
            if let Some(owner) = self.owners.get_mut(&request) {
                *owner = into;
            }
        }
        let Some(draft) = self.drafts.get_mut(into) else {
            return;
        };
        draft.last_request = draft.last_request.max(last_request);
        let is_earlier = events.first() < draft.events.first();
        merge_by(&mut draft.events, events, |at| *at);
        merge_by(&mut draft.outcome_events, outcome_events, |at| *at);
        merge_by(&mut draft.tries, tries, Try::place);
        merge_by(&mut draft.codes, codes, |code| code.0);
        draft.product = draft.product.or(product);
        // What was before the attempt is what its first event knew.
        if is_earlier {
            draft.state_before = state.or(draft.state_before);
            draft.licensed_before = licensed.or(draft.licensed_before);
        } else {
            draft.state_before = draft.state_before.or(state);
            draft.licensed_before = draft.licensed_before.or(licensed);
        }
    }

    pub(super) fn volume_failed(&mut self, at: usize, failed: &VolumeAttemptFailed) {
        let now = self.elapsed(at);
        let product = failed.activation_id;
        let burst = self.find_recent(|draft| {
            draft.told_by == Some(ToldBy::Volume)
                && draft.phase == Phase::Told
                && draft.product == product
                && now - draft.last <= ONE_FAILURE
        });
        let draft = match burst {
            Some(place) => {
                // Hosts tried since then are tries of the same attempt.
                if let Some(open) =
                    self.find_open(at, |d| d.product.is_some() && d.product == product)
                {
                    self.absorb(place, open);
                }
                self.add(place, at);
                if let Some(draft) = self.drafts.get_mut(place) {
                    // Of a burst only the last code counts: the network may just be coming up.
                    let earlier = draft.outcome_events.last().copied();
                    if let Some(code) = draft.codes.iter().rposition(|c| Some(c.0) == earlier) {
                        draft.codes.remove(code);
                    }
                }
                place
            }
            None => self.outcome_draft(at, product),
        };
        self.told(draft, at, failed.hresult, ToldBy::Volume);
        if let Some(draft) = self.drafts.get_mut(draft) {
            draft.trigger.clone_from(&failed.trigger);
        }
    }

    pub(super) fn scheduler_failed(&mut self, at: usize, code: Option<Hresult>) {
        let now = self.elapsed(at);
        let again = self.find_recent(|draft| {
            draft.told_by == Some(ToldBy::Scheduler)
                && draft.phase == Phase::Told
                && draft.outcome == Some(code)
                && now - draft.last <= ONE_FAILURE
        });
        match again {
            Some(place) => {
                self.add(place, at);
                if let Some(draft) = self.drafts.get_mut(place) {
                    draft.outcome_events.push(at);
                }
            }
            None => {
                let draft = self.outcome_draft(at, None);
                self.told(draft, at, code, ToldBy::Scheduler);
            }
        }
    }

    /// What the 902 before, or else the next one, says of the Windows version.
    pub(super) fn is_windows_8_or_newer(&self, at: usize) -> bool {
        let next = self.versions.partition_point(|(place, _)| *place < at);
        let before = next.checked_sub(1).and_then(|n| self.versions.get(n));
        before
            .or_else(|| self.versions.get(next))
            .is_some_and(|(_, version)| *version >= (6, 2))
    }

    /// Whether a 8200 belongs to a genuine check (8208) and not to an activation (1014).
    pub(super) fn is_genuine_check(&self, at: usize) -> bool {
        let now = self.elapsed(at);
        is_any_near(&self.genuine_checks, now, GENUINE_CHECK)
            && !is_any_near(&self.online_failures, now, ONE_FAILURE)
    }
}
