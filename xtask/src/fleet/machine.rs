//! The machines of a made fleet: what each is called, which Windows it has, and what becomes of
//! its activation. What it writes about that is `activation`'s business.

use super::random::Random;

/// A product that machines have, all of them volume editions.
pub(super) struct Product {
    /// Its word in recipes.
    pub(super) word: &'static str,
    /// The last five characters of its KMS client key, which is public.
    pub(super) partial_key: &'static str,
    /// How many clients its KMS host must have counted.
    pub(super) needed: u32,
    pub(super) build: &'static str,
    prefix: &'static str,
}

const PRODUCTS: [Product; 4] = [
    Product {
        word: "W10ENT",
        partial_key: "2YT43",
        needed: 25,
        build: "10.0.19041.1266",
        prefix: "PC",
    },
    Product {
        word: "W10PRO",
        partial_key: "T83GX",
        needed: 25,
        build: "10.0.22621.2506",
        prefix: "LAPTOP",
    },
    Product {
        word: "SERVER2022",
        partial_key: "VMK7H",
        needed: 5,
        build: "10.0.20348.1726",
        prefix: "SRV",
    },
    Product {
        word: "SERVER2019",
        partial_key: "J464C",
        needed: 5,
        build: "10.0.17763.4974",
        prefix: "SQL",
    },
];

/// What becomes of a machine's activation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// Renews every week.
    Healthy,
    /// Renews every week, at the second host it asks.
    FirstHostDown,
    /// Finds no host in DNS.
    NoRecord,
    /// Reaches neither of two hosts, with this code.
    Unreached(&'static str),
    /// Is answered by a host that has not counted enough clients.
    CountTooLow,
    /// Its clock is wrong.
    Clock,
    /// Is licensed, and cannot renew.
    RenewalFails,
    /// Has a key of its own that the activation server refuses, with this code.
    Refused(&'static str),
}

/// One machine.
pub(super) struct Machine {
    /// Its full name.
    pub(super) computer: String,
    /// Its name without the domain.
    pub(super) host: String,
    /// The domain's short name.
    pub(super) domain: String,
    pub(super) user: String,
    /// The user's security identifier.
    pub(super) sid: String,
    pub(super) product: &'static Product,
    pub(super) fate: Fate,
    /// From this day on it is healthy.
    pub(super) cured: Option<u64>,
    /// The day of the week on which it renews.
    pub(super) renews: u64,
    pub(super) cmid: String,
    pub(super) kms_hosts: [String; 2],
    pub(super) is_virtual: bool,
}

const DOMAINS: &[&str] = &["contoso.com", "corp.fabrikam.cn", "ad.example.net"];
const USERS: &[&str] = &[
    "wei.zhang",
    "li.na",
    "anna",
    "j.smith",
    "svc-backup",
    "svc-sql",
    "m.garcia",
    "k.tanaka",
];

impl Machine {
    /// The machine of this number in the fleet of this seed.
    pub(super) fn new(seed: u64, index: u64) -> Self {
        let random = &mut Random::of(seed, index);
        let fate = match random.between(0, 100) {
            0..50 => Fate::Healthy,
            50..58 => Fate::FirstHostDown,
            58..68 => Fate::NoRecord,
            68..75 => Fate::Unreached("0x8007274C"),
            75..80 => Fate::Unreached("0x800706BA"),
            80..85 => Fate::CountTooLow,
            85..88 => Fate::Clock,
            88..94 => Fate::RenewalFails,
            94..97 => Fate::Refused("0xC004C020"),
            _ => Fate::Refused("0xC004C003"),
        };
        let product = match random.between(0, 100) {
            // Only one product is told of with a key that the server can refuse.
            _ if matches!(fate, Fate::Refused(_)) => &PRODUCTS[0],
            0..50 => &PRODUCTS[0],
            50..70 => &PRODUCTS[1],
            70..90 => &PRODUCTS[2],
            _ => &PRODUCTS[3],
        };
        let full_domain = random.pick(DOMAINS);
        let host = format!("{}-{index:05}", product.prefix);
        // Some stand in no domain, and so have a bare name.
        let computer = if random.chance(8) {
            host.clone()
        } else {
            format!("{host}.{full_domain}")
        };
        let is_lasting = matches!(fate, Fate::Healthy | Fate::FirstHostDown);
        let site = random.between(1, 5);
        Self {
            computer,
            host,
            domain: full_domain
                .split('.')
                .next()
                .unwrap_or_default()
                .to_uppercase(),
            user: random.pick(USERS).to_owned(),
            sid: format!(
                "S-1-5-21-{}-{}-{}-{}",
                random.between(1 << 20, 1 << 31),
                random.between(1 << 20, 1 << 31),
                random.between(1 << 20, 1 << 31),
                random.between(1000, 9000)
            ),
            product,
            fate,
            cured: (!is_lasting && random.chance(30)).then(|| random.between(2, 20)),
            renews: random.between(0, 7),
            cmid: random.guid(),
            kms_hosts: [1, 2].map(|n| format!("kms{n:02}.site{site}.{full_domain}")),
            is_virtual: random.chance(40),
        }
    }

    /// What becomes of it on this day.
    pub(super) fn fate_on(&self, day: u64) -> Fate {
        if self.cured.is_some_and(|cured| day >= cured) {
            Fate::Healthy
        } else {
            self.fate
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn machines_differ_and_come_out_alike_again() {
        let machine = Machine::new(7, 12);
        let again = Machine::new(7, 12);
        let other = Machine::new(7, 13);
        assert_eq!(machine.computer, again.computer);
        assert_eq!(machine.cmid, again.cmid);
        assert_ne!(machine.host, other.host);
        assert_ne!(machine.cmid, other.cmid);
    }

    #[test]
    fn a_cured_machine_stays_healthy() {
        let cured = (0..100)
            .map(|index| Machine::new(7, index))
            .find(|machine| machine.cured.is_some())
            .unwrap();
        let day = cured.cured.unwrap();
        assert_ne!(cured.fate_on(day - 1), Fate::Healthy);
        assert_eq!(cured.fate_on(day), Fate::Healthy);
        assert_eq!(cured.fate_on(day + 30), Fate::Healthy);
    }
}
