//! Genuine validation: a ticket that was not acquired (8208), the state set to non-genuine (8209)
//! and back (12305). None of them is an activation.

use super::fields::{self, Fields};
use super::{Activity, Role, named};

pub(super) fn ticket_failed(f: &mut Fields<'_>) -> Activity {
    let hresult = f.code(1, "hresult", Role::Result);
    named::tell(f, 2, named::TEMPLATE_ID);
    Activity::GenuineTicketFailed { hresult }
}

pub(super) fn set_non_genuine(f: &mut Fields<'_>) -> Activity {
    f.code(1, "hresult", Role::Reason);
    Activity::SetNonGenuine {
        application_id: f.read(2, "application_id", fields::guid),
    }
}

pub(super) fn set_genuine(f: &mut Fields<'_>) -> Activity {
    Activity::SetGenuine {
        application_id: f.read(1, "application_id", fields::guid),
    }
}
