//! KMS requests (12288) and answers (12289): which attempt each is a try of.

use super::{Draft, Grouping, Phase, WITHIN_ATTEMPT};
use crate::diagnosis::attempt::Try;
use crate::diagnosis::cause::{self, Reach};
use crate::hresult::Hresult;
use crate::spp::{Activity, FLAG_NOT_ENOUGH_COUNT, KmsRequest, KmsResponse};

/// 0xC004F038, the count is too low: concluded from an answer that says only the count.
const NOT_ENOUGH_COUNT: Hresult = Hresult::new(0xC004_F038);

impl Grouping<'_> {
    pub(super) fn request(&mut self, at: usize, request: &KmsRequest) {
        let now = self.elapsed(at);
        let product = request.activation_id;
        let gap = |draft: &Draft| now - draft.last_request.unwrap_or(draft.last);
        let own = self.find_recent(|draft| {
            draft.phase == Phase::Open && draft.product == product && gap(draft) <= WITHIN_ATTEMPT
        });
        let draft = match own {
            Some(found) => {
                self.add(found, at);
                found
            }
            None => {
                // An older attempt of this product has run out of time.
                for place in &self.recent {
                    if let Some(draft) = self.drafts.get_mut(*place)
                        && draft.phase == Phase::Open
                        && draft.product == product
                    {
                        draft.phase = Phase::Closed;
                    }
                }
                let without_product = product.and_then(|_| {
                    self.find_open(at, |draft| {
                        draft.product.is_none() && draft.tries.iter().all(|t| t.request.is_none())
                    })
                });
                match without_product {
                    Some(_) => self
                        .open_draft(at, product)
                        .unwrap_or_else(|| self.new_draft(at, product)),
                    None => self.new_draft(at, product),
                }
            }
        };
        let catalog = self.catalog;
        let Some(open) = self.drafts.get_mut(draft) else {
            return;
        };
        if open.last_request.is_none() {
            open.state_before = request.license_state;
        }
        open.last_request = Some(now);
        open.is_trace = false;
        if let Some(code) = request.hresult.filter(|code| code.is_failure()) {
            open.codes.push((
                at,
                code,
                cause::reach(code, request.host.is_some(), catalog),
                false,
            ));
        }
        open.tries.push(Try {
            request: Some(at),
            response: None,
            host: request.host.clone(),
            sent: request.hresult,
            answer: None,
            min_count: request.min_count,
            current_count: None,
            is_bound: None,
            is_concluded: false,
        });
        if request.hresult == Some(Hresult::OK) {
            self.owners.insert(at, draft);
            self.unanswered.insert(at);
            self.unanswered_at
                .entry(request.client_time)
                .or_default()
                .push(at);
        }
    }

    /// The request that an answer belongs to, which then is answered.
    fn take_unanswered(&mut self, at: usize, response: &KmsResponse) -> Option<usize> {
        let found = match response.client_time {
            Some(_) => *self.unanswered_at.get(&response.client_time)?.last()?,
            None => {
                let newest = *self.unanswered.last()?;
                (self.elapsed(at) - self.elapsed(newest) <= WITHIN_ATTEMPT).then_some(newest)?
            }
        };
        self.unanswered.remove(&found);
        let client_time = match self.events.get(found).map(|event| &event.activity) {
            Some(Activity::KmsRequest(request)) => request.client_time,
            _ => None,
        };
        // Of its client time it is the newest, too.
        if let Some(places) = self.unanswered_at.get_mut(&client_time) {
            places.pop();
        }
        Some(found)
    }

    /// A 12289 belongs to the newest unanswered request of the same client time; where it does not
    /// say one, to the newest within the window.
    pub(super) fn response(&mut self, at: usize, response: &KmsResponse) {
        let found = self.take_unanswered(at, response).and_then(|request| {
            let draft = *self.owners.get(&request)?;
            let tries = &self.drafts.get(draft)?.tries;
            let number = tries.binary_search_by_key(&request, Try::place).ok()?;
            Some((draft, number))
        });
        let (draft, number) = match found {
            Some(place) => place,
            None => {
                let draft = self.new_draft(at, None);
                let lone = Try {
                    request: None,
                    response: None,
                    host: None,
                    sent: None,
                    answer: None,
                    min_count: None,
                    current_count: None,
                    is_bound: None,
                    is_concluded: false,
                };
                if let Some(draft) = self.drafts.get_mut(draft) {
                    draft.events.clear();
                    draft.tries.push(lone);
                }
                (draft, 0)
            }
        };
        let catalog = self.catalog;
        self.add(draft, at);
        let Some(draft) = self.drafts.get_mut(draft) else {
            return;
        };
        let Some(answered) = draft.tries.get_mut(number) else {
            return;
        };
        answered.response = Some(at);
        answered.answer = response.hresult;
        answered.current_count = response.current_count;
        answered.is_bound = response.is_bound;
        if let Some(code) = response.hresult.filter(|code| code.is_failure()) {
            draft
                .codes
                .push((at, code, cause::reach_of_answer(code, catalog), false));
        } else if response.hresult == Some(Hresult::OK) && response.is_bound == Some(false) {
            let known = || catalog.product(&draft.product?.to_string())?.kms_min_count;
            let need = answered.min_count.or_else(known);
            let is_below =
                matches!((answered.current_count, need), (Some(count), Some(need)) if count < need);
            let is_flagged = response
                .status_flags
                .is_some_and(|flags| flags & FLAG_NOT_ENOUGH_COUNT != 0);
            if is_below || is_flagged {
                answered.answer = Some(NOT_ENOUGH_COUNT);
                answered.is_concluded = true;
                draft
                    .codes
                    .push((at, NOT_ENOUGH_COUNT, Reach::Answered, true));
            }
        } else if answered.is_success() {
            draft.is_success = true;
            draft.phase = Phase::Closed;
            if let Some(product) = draft.product {
                self.licensed.insert(product, true);
            }
        }
    }
}
