//! Searches: everything that has a name is indexed while the question is answered, the owner's documents beforehand.

use super::analysis::Asked;
use super::fetch::value_id;
use super::receipt::receipt;
use super::saved::{Saved, saved};
use super::{Work, pinned_path};
use crate::error::Result;
use crate::limits;
use crate::model::answer::{Answer, Answered, Found, SearchAnswer};
use crate::model::manifest::{Dimension, Manifest, Value};
use crate::model::names::{plain, same};
use crate::model::query::{FetchQuery, Query, Question, SearchQuery};
use crate::model::receipt::AnswerLink;
use crate::search::{Draft, Index, Wanted, order, rank};

/// What a word of a standing question's title counts for beside the other words by which it is looked for.
const TITLE_WEIGHT: u32 = 3;
/// What a hit counts whose whole name was asked for.
const WHOLE_NAME_FACTOR: f64 = 3.0;
/// Hits below this share of the best one's score are left out.
const SCORE_SHARE_MIN: f64 = 0.15;

/// The dimensions whose names are searched, the smallest first as long as there are not too many; and those left out.
fn searched(manifest: &Manifest) -> (Vec<&Dimension>, Vec<&Dimension>) {
    let mut by_size: Vec<&Dimension> = manifest.dimensions.iter().collect();
    by_size.sort_by_key(|d| d.count);
    let mut room = limits::SEARCH_VALUES_MAX;
    by_size.into_iter().partition(|dimension| {
        let fits = dimension.count <= room;
        room = room.saturating_sub(dimension.count);
        fits
    })
}

pub(super) fn dimensions_needed(manifest: &Manifest) -> Vec<String> {
    let (searched, _) = searched(manifest);
    searched.iter().map(|d| d.name.clone()).collect()
}

/// Something with a name.
enum Thing<'a> {
    /// A measure, a ratio or a dimension, with what it is called.
    Schema {
        id: String,
        title: String,
        names: Vec<&'a str>,
    },
    Saved(Box<Saved>),
    Value(&'a Dimension, &'a Value),
}

impl Thing<'_> {
    fn id(&self) -> String {
        match self {
            Self::Schema { id, .. } => id.clone(),
            Self::Saved(saved) => format!("answer:{}", saved.name),
            Self::Value(dimension, value) => value_id(&dimension.name, &value.id),
        }
    }

    fn title(&self) -> String {
        match self {
            Self::Schema { title, .. } => title.clone(),
            Self::Saved(saved) => saved.title.clone(),
            Self::Value(dimension, value) => {
                format!("{} ({})", value.name, dimension.label.to_lowercase())
            }
        }
    }

    /// Whether all that was asked is its name.
    fn is_called(&self, wanted: &str) -> bool {
        // Letters of ASCII alone keep their number when they are folded, which spares most names the folding.
        let may = |name: &str| !name.is_ascii() || name.trim().len() == wanted.len();
        let is = |name: &str| may(name) && plain(name) == wanted;
        match self {
            Self::Schema { names, .. } => names.iter().any(|name| is(name)),
            Self::Saved(_) => false,
            Self::Value(_, value) => is(&value.name) || is(&value.id),
        }
    }
}

/// Everything that has a name, in one order, and its index.
struct Catalogue<'a> {
    things: Vec<Thing<'a>>,
    draft: Draft,
}

impl<'a> Catalogue<'a> {
    fn of(work: &'a Work, dimensions: &[&'a Dimension]) -> Result<Self> {
        let manifest = &work.manifest;
        let mut all = Self {
            things: Vec::new(),
            draft: Draft::default(),
        };
        for m in &manifest.measures {
            let what = format!("measure, {}", m.unit);
            all.put_schema("measure", &m.name, &m.label, &m.synonyms, &what);
        }
        for d in &manifest.derived {
            let what = format!("measure, {}", d.unit);
            all.put_schema("measure", &d.name, &d.label, &d.synonyms, &what);
        }
        for d in &manifest.dimensions {
            let what = format!("dimension, {} values", d.count);
            all.put_schema("dimension", &d.name, &d.label, &d.synonyms, &what);
        }
        for saved in saved(manifest)? {
            all.draft
                .add([(saved.title.as_str(), TITLE_WEIGHT), (saved.words, 1)]);
            all.things.push(Thing::Saved(Box::new(saved)));
        }
        for dimension in dimensions {
            for value in work.names.of(dimension)? {
                let id = (value.id != value.name).then_some((value.id.as_str(), 1));
                all.draft
                    .add([(value.name.as_str(), 1)].into_iter().chain(id));
                all.things.push(Thing::Value(dimension, value));
            }
        }
        Ok(all)
    }

    fn put_schema(
        &mut self,
        kind: &str,
        name: &'a str,
        label: &'a str,
        synonyms: &'a [String],
        what: &str,
    ) {
        let mut names = vec![name];
        names.extend((!same(label, name)).then_some(label));
        names.extend(synonyms.iter().map(String::as_str));
        let fields = names.iter().map(|name| (*name, 1));
        self.draft.add(fields.chain([(kind, 1)]));
        self.things.push(Thing::Schema {
            id: format!("{kind}:{name}"),
            title: format!("{label} ({what})"),
            names,
        });
    }
}

pub(super) fn answer(query: &SearchQuery, asked: &Asked<'_>) -> Result<Answered> {
    let work = asked.work;
    let manifest = &work.manifest;
    let wanted = Wanted::parse(&query.query)?;
    let (dimensions, left_out) = searched(manifest);
    let Catalogue { things, draft } = Catalogue::of(work, &dimensions)?;
    let names = draft.index()?;
    let empty = Index::default();
    let library = work.library.as_deref();
    let passages = library.map_or(&empty, |library| &library.index);
    let mut hits = rank(&wanted, &[&names, passages]);
    let whole = plain(&query.query);
    for hit in hits.iter_mut().filter(|hit| hit.index == 0) {
        let thing = things.get(hit.text as usize);
        if thing.is_some_and(|thing| thing.is_called(&whole)) {
            hit.score *= WHOLE_NAME_FACTOR;
        }
    }
    let best = hits.iter().map(|hit| hit.score).fold(0.0, f64::max);
    hits.retain(|hit| hit.score >= best * SCORE_SHARE_MIN);
    order(&mut hits);
    let total = hits.len();
    let link = |query: &Query| link_to(asked.question, query, manifest);
    let mut results: Vec<Found> = Vec::new();
    for hit in &hits {
        let at = hit.text as usize;
        let found = match (hit.index, things.get(at), library) {
            (0, Some(thing), _) => {
                let id = thing.id();
                let link = match thing {
                    Thing::Saved(saved) => link(&saved.query),
                    _ => link(&fetching(&id)),
                };
                (id, thing.title(), link)
            }
            (1, _, Some(library)) => {
                let Some((id, title)) = super::library::passage_name(library, at) else {
                    continue;
                };
                let link = link(&fetching(&id));
                (id, title, link)
            }
            _ => continue,
        };
        let (id, title, link) = found;
        // Values that share an id are fetched together.
        if results.iter().all(|known| known.id != id) {
            results.push(Found { id, title, link });
        }
        if results.len() >= query.limit as usize {
            break;
        }
    }
    let mut receipt = receipt(asked, None, None);
    receipt.rows = u32::try_from(results.len()).unwrap_or(u32::MAX);
    receipt.rows_total = u32::try_from(total).unwrap_or(u32::MAX);
    receipt.truncated = receipt.rows < receipt.rows_total;
    Ok(Answered {
        receipt,
        answer: Answer::Search(SearchAnswer {
            results,
            left_out: left_out.iter().map(|d| d.name.clone()).collect(),
        }),
    })
}

/// The question that fetches an id.
pub(super) fn fetching(id: &str) -> Query {
    Query::Fetch(FetchQuery { id: id.to_owned() })
}

/// The pinned link of another question about the same version.
pub(super) fn link_to(asked: &Question, query: &Query, manifest: &Manifest) -> AnswerLink {
    let question = Question {
        query: query.clone(),
        ..asked.clone()
    };
    let (path, query) = pinned_path(&question, manifest);
    AnswerLink {
        path,
        query,
        next: None,
    }
}
