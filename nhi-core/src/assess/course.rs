//! The scores of the subjects with alerts, over time: what a plot needs, and no more.

use alloc::{collections::BTreeMap, string::String, vec::Vec};

use super::{
    behave::{Group, REASONS},
    report::{Anomaly, Course, Point, Thresholds},
};
use crate::{
    limits,
    model::{Activity, Band, Score, Trust},
    time::Timestamp,
};

/// What is kept of every score until it is known whose are to be drawn.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mark {
    /// The score, in thousandths.
    score: u32,
    /// Thresholds of the budget and of a tenth of it, in thousandths.
    by: [u16; 2],
    learning: bool,
}

impl Mark {
    pub(super) fn of(score: &Score, by: Option<[u16; 2]>) -> Self {
        // 120 decades at most; the core's scores are whole thousandths.
        let thousandths = libm::round(score.score * 1000.0) as u32;
        Mark { score: thousandths, by: by.unwrap_or_default(), learning: score.trust == Trust::Learning }
    }
}

/// Courses of the subjects with the highest peaks. `marks` is in step with `activities`, which are in the order of
/// their times.
pub(super) fn courses(
    groups: &BTreeMap<String, Group>,
    activities: &[Activity],
    marks: &[Option<Mark>],
    name: impl Fn(&Activity) -> String,
) -> BTreeMap<String, Course> {
    let mut order: Vec<(&String, f64)> = groups
        .iter()
        .map(|(subject, group)| (subject, group.scores.iter().map(|s| s.score).fold(0.0, f64::max)))
        .collect();
    order.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(b.0)));
    order.truncate(limits::REPORT_COURSES);
    let mut drawn: BTreeMap<String, Drawn> =
        order.into_iter().map(|(subject, _)| (subject.clone(), Drawn::default())).collect();
    if drawn.is_empty() {
        return BTreeMap::new();
    }
    let (Some(first), Some(last)) = (activities.first(), activities.last()) else { return BTreeMap::new() };
    // Stretches are the same for all, so that plots stand side by side.
    let length = (last.time.since(first.time).max(0) / limits::REPORT_POINTS as i64).saturating_add(1);
    for (activity, mark) in activities.iter().zip(marks) {
        if let (Some(mark), Some(drawn)) = (mark, drawn.get_mut(&name(activity))) {
            drawn.add(activity.time, *mark, activity.time.since(first.time).max(0) / length);
        }
    }
    for (subject, group) in groups {
        if let Some(drawn) = drawn.get_mut(subject) {
            drawn.course.anomalies = anomalies(&group.scores);
        }
    }
    drawn.into_iter().map(|(subject, drawn)| (subject, drawn.course)).collect()
}

#[derive(Debug, Default)]
struct Drawn {
    course: Course,
    /// Stretch of the last point, and of the last thresholds.
    point: Option<i64>,
    thresholds: Option<i64>,
}

impl Drawn {
    fn add(&mut self, at: Timestamp, mark: Mark, stretch: i64) {
        let course = &mut self.course;
        course.activities += 1;
        if mark.learning {
            course.learning_until = Some(at);
        }
        let score = f64::from(mark.score) / 1000.0;
        match course.points.last_mut() {
            Some(point) if self.point == Some(stretch) => {
                if score > point.score {
                    *point = Point { at, score };
                }
            }
            _ => course.points.push(Point { at, score }),
        }
        self.point = Some(stretch);
        let [notable, severe] = mark.by.map(|by| f64::from(by) / 1000.0);
        let same = course.thresholds.last().is_some_and(|t| (t.notable, t.severe) == (notable, severe));
        if !same && self.thresholds != Some(stretch) {
            course.thresholds.push(Thresholds { from: at, notable, severe });
            self.thresholds = Some(stretch);
        }
    }
}

/// The highest, in order of time; of equal ones the first.
fn anomalies(scores: &[Score]) -> Vec<Anomaly> {
    let mut highest: Vec<&Score> = scores.iter().collect();
    highest.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.time.cmp(&b.time)));
    highest.truncate(limits::REPORT_ANOMALIES);
    highest.sort_by_key(|score| score.time);
    let told = highest.into_iter().map(|score| Anomaly {
        at: score.time,
        score: score.score,
        severe: score.band == Band::Severe,
        reasons: score.reasons.iter().take(REASONS).map(|reason| reason.text.clone()).collect(),
    });
    told.collect()
}
