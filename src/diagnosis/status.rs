//! What events say of a product's license at their time, in one form: a request's own state
//! (12288), the rules engine (8230), the status list (1003).

use chrono::{DateTime, TimeDelta, Utc};

use super::machine::ActivatedBy;
use crate::hresult::Hresult;
use crate::spp::{
    ActivationId, Activity, Application, Channel, LicenseState, LineStatus, PolicyLicenseState,
    PolicyState, SppEvent, StatusLine, after_minutes,
};

/// A KMS or Active Directory license lasts so long (180 days).
pub(crate) const KMS_VALIDITY: TimeDelta = TimeDelta::days(180);
/// No honest KMS license ends later than this after the record that says so.
const LONGEST_VALIDITY: TimeDelta = TimeDelta::days(181);
/// The reason in 8230 of a product that a digital license activates (seen in real records).
const DIGITAL_LICENSE: Hresult = Hresult::new(0x4004_F401);
/// A license whose start lies so close to an attempt may be that before it.
const RENEWAL_MARGIN: TimeDelta = TimeDelta::minutes(2);

/// The state of a product's license, as JSON names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProductLicense {
    /// One of the states that 12288 tells apart.
    Exactly(LicenseState),
    /// In a grace period; which one is not said.
    InGrace,
}

impl ProductLicense {
    /// Its name in every output.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Exactly(LicenseState::Unlicensed) => "unlicensed",
            Self::Exactly(LicenseState::Licensed) => "licensed",
            Self::Exactly(LicenseState::OobGrace) => "oob-grace",
            Self::Exactly(LicenseState::OotGrace) => "oot-grace",
            Self::Exactly(LicenseState::NonGenuineGrace) => "non-genuine-grace",
            Self::Exactly(LicenseState::Notification) => "notification",
            Self::Exactly(LicenseState::ExtendedGrace) => "extended-grace",
            Self::InGrace => "in-grace",
        }
    }

    /// Whether it is a grace period of any kind.
    pub fn is_grace(self) -> bool {
        match self {
            Self::InGrace => true,
            Self::Exactly(state) => state.is_grace(),
        }
    }

    /// Whether it may be the same state: some events do not say which grace period it is.
    pub(crate) fn is_same_as(self, other: Self) -> bool {
        self == other
            || (self.is_grace() && other.is_grace() && [self, other].contains(&Self::InGrace))
    }

    /// Whether it is licensed.
    pub fn is_licensed(self) -> bool {
        self == Self::Exactly(LicenseState::Licensed)
    }
}

/// One product's status at one event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Status {
    pub(crate) activation_id: Option<ActivationId>,
    pub(crate) application: Application,
    pub(crate) time: DateTime<Utc>,
    pub(crate) license: ProductLicense,
    /// When the state ends.
    pub(crate) end: Option<DateTime<Utc>>,
    /// Whether the event would say an end if there were one.
    pub(crate) tells_end: bool,
    /// Whether it is a license by KMS or Active Directory.
    pub(crate) is_kms: bool,
    /// Why it is so, where the event says.
    pub(crate) reason: Option<Hresult>,
    /// How the product was activated, where the event says.
    pub(crate) way: Option<ActivatedBy>,
}

/// A status that says licensed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LicensedStatus {
    time: DateTime<Utc>,
    end: Option<DateTime<Utc>>,
    has_no_end: bool,
    is_kms: bool,
}

impl Status {
    pub(crate) fn is_licensed(&self) -> bool {
        self.license.is_licensed()
    }

    pub(crate) fn licensed(&self) -> Option<LicensedStatus> {
        self.is_licensed().then_some(LicensedStatus {
            time: self.time,
            end: self.end,
            has_no_end: self.tells_end && self.end.is_none(),
            is_kms: self.is_kms,
        })
    }
}

impl LicensedStatus {
    /// Whether it shows that a failed attempt has since been made good (RULES.md 5).
    pub(crate) fn proves_cure(&self, attempt: DateTime<Utc>, was_licensed: bool) -> bool {
        if self.has_no_end || !was_licensed {
            return true;
        }
        let Some(end) = self.end.filter(|_| self.is_kms) else {
            return false;
        };
        end - KMS_VALIDITY > attempt + RENEWAL_MARGIN && !is_implausible(end, self.time)
    }
}

/// Whether no honest KMS license that is told at this time ends so late.
pub(crate) fn is_implausible(end: DateTime<Utc>, told: DateTime<Utc>) -> bool {
    end - told > LONGEST_VALIDITY
}

/// What an event says of each product that it speaks of.
pub(crate) fn statuses(event: &SppEvent) -> Vec<Status> {
    match &event.activity {
        Activity::KmsRequest(request) => {
            let Some(state) = request.license_state else {
                return Vec::new();
            };
            let minutes = request.minutes_to_expiry.filter(|minutes| *minutes > 0);
            vec![Status {
                activation_id: request.activation_id,
                application: Application::Unknown,
                time: event.time,
                license: ProductLicense::Exactly(state),
                end: minutes.and_then(|minutes| after_minutes(event.time, minutes)),
                tells_end: false,
                is_kms: true,
                reason: None,
                way: None,
            }]
        }
        Activity::RulesEvaluated(policies) => policies
            .iter()
            .filter_map(|policy| of_policy(event, policy))
            .collect(),
        Activity::Status(list) => {
            let application = list
                .application_id
                .map_or(Application::Unknown, |id| id.application());
            list.lines
                .iter()
                .map(|line| of_line(event, application, line))
                .collect()
        }
        _ => Vec::new(),
    }
}

fn of_policy(event: &SppEvent, policy: &PolicyState) -> Option<Status> {
    let license = match policy.license_state? {
        PolicyLicenseState::Unlicensed => ProductLicense::Exactly(LicenseState::Unlicensed),
        PolicyLicenseState::Licensed => ProductLicense::Exactly(LicenseState::Licensed),
        PolicyLicenseState::InGrace => ProductLicense::InGrace,
        PolicyLicenseState::Notification => ProductLicense::Exactly(LicenseState::Notification),
    };
    let end = match (policy.grace_end, policy.license_expiration) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    };
    Some(Status {
        activation_id: policy.activation_id,
        application: policy
            .application_id
            .map_or(Application::Unknown, |id| id.application()),
        time: event.time,
        license,
        end,
        tells_end: !policy.has_odd_end,
        is_kms: policy.channel == Some(Channel::KmsClient),
        reason: policy
            .last_consumption_reason
            .filter(|code| code.is_failure()),
        way: (policy.last_consumption_reason == Some(DIGITAL_LICENSE))
            .then_some(ActivatedBy::DigitalLicense),
    })
}

fn of_line(event: &SppEvent, application: Application, line: &StatusLine) -> Status {
    let (license, reason) = match line.status {
        LineStatus::Licensed { .. } => (ProductLicense::Exactly(LicenseState::Licensed), None),
        LineStatus::Grace { .. } => (ProductLicense::InGrace, None),
        LineStatus::Notification { reason } => {
            (ProductLicense::Exactly(LicenseState::Notification), reason)
        }
        LineStatus::Unlicensed { code } => {
            (ProductLicense::Exactly(LicenseState::Unlicensed), code)
        }
    };
    Status {
        activation_id: Some(line.activation_id),
        application,
        time: event.time,
        license,
        end: line.status.ends_at(event.time),
        tells_end: true,
        is_kms: line.is_kms,
        reason,
        way: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(n: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::days(n)
    }

    fn licensed(time: DateTime<Utc>, end: Option<DateTime<Utc>>, is_kms: bool) -> LicensedStatus {
        LicensedStatus {
            time,
            end,
            has_no_end: end.is_none(),
            is_kms,
        }
    }

    #[test]
    fn a_license_without_an_end_cures_whatever_was_before() {
        assert!(licensed(day(10), None, false).proves_cure(day(9), true));
    }

    #[test]
    fn a_license_where_there_was_none_before_cures() {
        assert!(licensed(day(10), Some(day(100)), false).proves_cure(day(9), false));
    }

    #[test]
    fn only_a_renewal_behind_the_attempt_cures_a_licensed_product() {
        let attempt = day(10);
        assert!(!licensed(day(11), Some(day(10 + 180)), true).proves_cure(attempt, true));
        assert!(licensed(day(12), Some(day(11 + 180)), true).proves_cure(attempt, true));
        assert!(
            !licensed(day(12), Some(day(11 + 180)), false).proves_cure(attempt, true),
            "only KMS and AD last 180 days"
        );
        assert!(
            !licensed(day(12), Some(day(9000)), true).proves_cure(attempt, true),
            "no honest license ends that late"
        );
    }
}
