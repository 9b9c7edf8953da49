//! The service itself: its start (900, 902), a detailed code (1015), changed hardware, and events
//! that carry one code and nothing else.

use super::fields::Fields;
use super::{Activity, Role};

pub(super) fn starting(f: &mut Fields<'_>) -> Activity {
    Activity::ServiceStarting {
        parameters: f.text(1).map(str::to_owned),
    }
}

pub(super) fn started(f: &mut Fields<'_>) -> Activity {
    Activity::ServiceStarted {
        version: f.text(1).map(str::to_owned),
    }
}

pub(super) fn detailed_code(f: &mut Fields<'_>) -> Activity {
    let result = f.code(1, "hresult", Role::Result);
    Activity::DetailedCode {
        result,
        original: f.code(2, "original", Role::Original),
    }
}

pub(super) fn hardware_changed(_: &mut Fields<'_>) -> Activity {
    Activity::HardwareChanged
}

pub(super) fn code_only(f: &mut Fields<'_>) -> Activity {
    f.code(1, "hresult", Role::Result);
    Activity::Other
}

pub(super) fn plain(_: &mut Fields<'_>) -> Activity {
    Activity::Other
}
