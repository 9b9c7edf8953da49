//! Recipes: readable texts from which the logs under `fixtures/` are made.
//!
//! A recipe is a TOML file. It either tells a machine's events, one line each (`script`), or
//! takes another recipe's log and breaks it, or gives plain text that is no log at all. Here is
//! the file's format; what a line says is `script`'s business, the texts that occur again and
//! again stand in `words`, what is usual for an event id in `usual`.

mod script;
mod usual;
mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};
use serde::Deserialize;

use crate::evtx::{Damage, Record};

/// What a recipe file says.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Recipe {
    /// What the log is about, in a sentence.
    pub about: String,
    /// The computer's name, until an `@computer` line changes it.
    #[serde(default = "default_computer")]
    pub computer: String,
    /// The log's channel, until an `@channel` line changes it.
    #[serde(default = "default_channel")]
    pub channel: String,
    /// Which Windows wrote it.
    #[serde(default)]
    pub generation: Generation,
    /// The licensing service's version, `$build` in a line.
    #[serde(default = "default_build")]
    pub build: String,
    /// The format's minor version.
    #[serde(default = "default_minor")]
    pub minor_version: u16,
    /// The number of the first record in the file.
    #[serde(default = "default_first")]
    pub first_number: u64,
    /// The first EventRecordID, where it is not the number in the file (an export).
    pub first_record_id: Option<u64>,
    /// Leaves checksums out and says so.
    #[serde(default)]
    pub no_checksums: bool,
    /// Texts of this recipe's own, `$name` in a line.
    #[serde(default)]
    pub words: BTreeMap<String, String>,
    /// The events, one line each.
    pub events: Option<String>,
    /// The recipe whose log is taken instead.
    pub from: Option<String>,
    /// A text that is put into the file instead; it is no log.
    pub text: Option<String>,
    /// What is done to the log, in this order.
    #[serde(default)]
    pub damage: Vec<Damage>,
    /// The kinds of damage that a reader must tell, by their names in `DamageKind`;
    /// no others, and none left out.
    #[serde(default)]
    pub expect: BTreeSet<String>,
    /// The kinds of notes that a reader must tell, by their names in `NoteKind`, at least.
    #[serde(default)]
    pub expect_notes: BTreeSet<String>,
    /// Why a reader does not read the file at all, by its name in `SkipReason`.
    pub expect_skipped: Option<String>,
    /// Whether libevtx cannot read such a log, though it is sound and real ones are like it.
    #[serde(default)]
    pub unreadable_for_libevtx: bool,
}

fn default_computer() -> String {
    "PC-0042.contoso.com".to_owned()
}

fn default_channel() -> String {
    "Application".to_owned()
}

fn default_build() -> String {
    "10.0.19041.1266".to_owned()
}

fn default_minor() -> u16 {
    1
}

fn default_first() -> u64 {
    1
}

/// Generations of Windows, as far as their records differ.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub enum Generation {
    /// Vista and Server 2008: the licensing service has another name; KMS protocol 4.
    #[serde(rename = "vista")]
    Vista,
    /// Windows 7 and Server 2008 R2; KMS protocol 4.
    #[serde(rename = "7")]
    Seven,
    /// Windows 8.1 and later; KMS protocol 6.
    #[default]
    #[serde(rename = "10")]
    Ten,
}

impl Recipe {
    /// Parses a recipe.
    ///
    /// # Errors
    /// Where it is no TOML, has unknown fields, or not just one of `events`, `from` and `text`.
    pub fn parse(text: &str) -> anyhow::Result<Self> {
        let recipe: Self = toml::from_str(text)?;
        let contents = [&recipe.events, &recipe.from, &recipe.text];
        let given = contents.iter().filter(|content| content.is_some()).count();
        ensure!(
            given == 1,
            "a recipe has one of `events`, `from` and `text`, this one has {given}"
        );
        Ok(recipe)
    }

    /// A recipe of nothing but events, all else being usual: for tests that need a log at hand.
    pub fn of_events(computer: &str, events: &str) -> Self {
        Self {
            about: String::new(),
            computer: computer.to_owned(),
            channel: default_channel(),
            generation: Generation::default(),
            build: default_build(),
            minor_version: default_minor(),
            first_number: default_first(),
            first_record_id: None,
            no_checksums: false,
            words: BTreeMap::new(),
            events: Some(events.to_owned()),
            from: None,
            text: None,
            damage: Vec::new(),
            expect: BTreeSet::new(),
            expect_notes: BTreeSet::new(),
            expect_skipped: None,
            unreadable_for_libevtx: false,
        }
    }

    /// Whether the log that it makes is not as it should be.
    pub fn is_damaged(&self) -> bool {
        self.events.is_none() || !self.damage.is_empty()
    }

    /// Makes the file's bytes. `recipe_of` gives the recipe that `from` names.
    ///
    /// # Errors
    /// Where a line or a damage cannot be understood, or `from` names nothing.
    pub fn bytes(
        &self,
        recipe_of: &dyn Fn(&str) -> anyhow::Result<Self>,
    ) -> anyhow::Result<Vec<u8>> {
        let mut bytes = if let Some(events) = &self.events {
            script::write(self, events)?.log
        } else if let Some(from) = &self.from {
            let other = recipe_of(from)?;
            ensure!(other.from.is_none(), "`{from}` is made from another itself");
            other.bytes(recipe_of)?
        } else {
            self.text.clone().unwrap_or_default().into_bytes()
        };
        for damage in &self.damage {
            damage
                .apply(&mut bytes)
                .with_context(|| format!("{damage:?}"))?;
        }
        Ok(bytes)
    }

    /// What its events put into the log: each record with its number in the file, in order;
    /// nothing where it has no events of its own.
    ///
    /// # Errors
    /// Where a line cannot be understood.
    pub fn records(&self) -> anyhow::Result<Vec<(u64, Record)>> {
        let Some(events) = &self.events else {
            return Ok(Vec::new());
        };
        Ok(script::write(self, events)?.records)
    }

    /// Makes the bytes of a recipe that takes no other's log.
    ///
    /// # Errors
    /// As [`Recipe::bytes`].
    pub fn own_bytes(&self) -> anyhow::Result<Vec<u8>> {
        self.bytes(&|name| bail!("`{name}` cannot be had here"))
    }
}

/// A file that is made from a recipe.
#[derive(Clone, Debug)]
pub struct Fixture {
    /// The recipe's and the file's name, without extension.
    pub name: String,
    /// The recipe.
    pub recipe: Recipe,
    /// Where the file stands below `fixtures/`: `logs/...` or `damaged/...`.
    pub path: PathBuf,
    /// What it holds.
    pub bytes: Vec<u8>,
}

/// Makes every file from the recipes under `fixtures/recipes`, by name. Writes nothing.
///
/// # Errors
/// Where a recipe cannot be read or understood; names it.
pub fn fixtures(folder: &Path) -> anyhow::Result<Vec<Fixture>> {
    let recipes = read_recipes(&folder.join("recipes"))?;
    let recipe_of = |name: &str| {
        recipes
            .get(name)
            .cloned()
            .with_context(|| format!("there is no recipe `{name}`"))
    };
    let make = |(name, recipe): (&String, &Recipe)| {
        let bytes = recipe
            .bytes(&recipe_of)
            .with_context(|| format!("recipe `{name}`"))?;
        let kind = if recipe.is_damaged() {
            "damaged"
        } else {
            "logs"
        };
        Ok(Fixture {
            path: Path::new(kind).join(format!("{name}.evtx")),
            name: name.clone(),
            recipe: recipe.clone(),
            bytes,
        })
    };
    recipes.iter().map(make).collect()
}

#[expect(
    clippy::disallowed_methods,
    reason = "xtask is a developer's tool and reads the recipes"
)]
fn read_recipes(folder: &Path) -> anyhow::Result<BTreeMap<String, Recipe>> {
    let mut recipes = BTreeMap::new();
    let entries = std::fs::read_dir(folder)
        .with_context(|| format!("{}: cannot be listed", folder.display()))?;
    for entry in entries {
        let path = entry?.path();
        if path.extension().is_none_or(|extension| extension != "toml") {
            continue;
        }
        let name = path
            .file_stem()
            .map(|stem| stem.to_string_lossy().into_owned())
            .unwrap_or_default();
        let text = std::fs::read_to_string(&path)
            .with_context(|| format!("{}: cannot be read", path.display()))?;
        let recipe = Recipe::parse(&text).with_context(|| format!("recipe `{name}`"))?;
        recipes.insert(name, recipe);
    }
    Ok(recipes)
}
