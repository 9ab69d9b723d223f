//! The driver in Rust: `vectors/README.md` says what each operation takes and prints.

use std::{collections::BTreeMap, path::PathBuf, sync::Arc};

use nhi_core::{
    Error, Fingerprint, Pepper,
    adapters::{self, Input},
    assess::{self, File, Inputs, Report, assess},
    authorize::{self, Authorizer, Decision, Request},
    baseline::{Baseline, Config},
    classify::{self, Redactor, Scanner, Stream},
    inventory::Inventory,
    lifecycle::{self, Applied, Command, Effect, Ledger, Lifecycle, Outcome, Rejection},
    model::{Completeness, Finding, Score},
    report,
    time::Timestamp,
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use super::{cell, print};

/// What a register holds.
enum Kept {
    Pepper(Arc<Pepper>),
    Scanner(&'static Scanner),
    Stream(Stream<'static>),
    Redactor(Redactor),
    Inventory(Box<Inventory>),
    Baseline(Box<Baseline>),
    Lifecycle(Box<Lifecycle>),
    Ledger(Ledger),
    Authorizer(Authorizer),
    Decision(Box<Decision>),
    Report(Box<Report>),
    /// JSON or bytes.
    Value(Vec<u8>),
}

/// What a case gives.
enum Given {
    /// Nothing to print, an object to keep.
    Made(Kept),
    Nothing,
    Bytes(Vec<u8>),
    Json(String),
    /// An object with something to print.
    Both(Kept, String),
}

pub(crate) enum Fail {
    Core(Error),
    Rejected(Rejection),
}

impl From<Error> for Fail {
    fn from(error: Error) -> Self {
        Fail::Core(error)
    }
}

#[derive(Default)]
pub(crate) struct Driver {
    kept: BTreeMap<String, Kept>,
    /// Where saved state is written to.
    pub(crate) save: Option<PathBuf>,
    /// Where saved state is read from instead.
    pub(crate) load: Option<PathBuf>,
}

/// The object in the register that an argument names.
macro_rules! object {
    ($self:ident, $kind:ident, $name:expr) => {
        match $self.kept.get($name) {
            Some(Kept::$kind(object)) => object,
            _ => panic!("no {} in register `{}`", stringify!($kind), $name),
        }
    };
    (mut $self:ident, $kind:ident, $name:expr) => {
        match $self.kept.get_mut($name) {
            Some(Kept::$kind(object)) => object,
            _ => panic!("no {} in register `{}`", stringify!($kind), $name),
        }
    };
}

impl Driver {
    /// Runs the case of a line and gives what is printed for it.
    pub(crate) fn line(&mut self, line: &str) -> String {
        let mut cells = line.split('\t');
        let mut next = || cells.next().unwrap_or_default();
        let (id, operation, keep) = (next(), next(), next());
        let args: Vec<&str> = cells.collect();
        let value = match self.run(operation, &args) {
            Err(Fail::Core(error)) => return format!("{id}\terr\t{}", error.code()),
            Err(Fail::Rejected(rejection)) => return format!("{id}\trejected\t{}", rejection.guard),
            Ok(given) => self.keep(operation, keep, given),
        };
        format!("{id}\tok\t{}", print::shortened(value, id.ends_with('~')))
    }

    fn keep(&mut self, operation: &str, register: &str, given: Given) -> String {
        let (kept, value) = match given {
            Given::Nothing => (None, "null".into()),
            Given::Made(object) => (Some(object), "null".into()),
            Given::Both(object, json) => (Some(object), print::numbers(&json)),
            Given::Json(json) => (Some(Kept::Value(json.clone().into_bytes())), print::numbers(&json)),
            Given::Bytes(bytes) => {
                let printed = print::hex(&bytes);
                (Some(Kept::Value(self.exchanged(operation, register, bytes))), printed)
            }
        };
        if let Some(kept) = kept.filter(|_| !register.is_empty()) {
            self.kept.insert(register.into(), kept);
        }
        value
    }

    /// What a register gets of saved bytes: with another language, that of the other.
    fn exchanged(&self, operation: &str, register: &str, bytes: Vec<u8>) -> Vec<u8> {
        let saves = ["inventory.save", "baseline.save", "lifecycle.ledger", "ledger.lines"];
        if register.is_empty() || !saves.contains(&operation) {
            return bytes;
        }
        if let Some(folder) = &self.save {
            std::fs::write(folder.join(register), &bytes).expect("the folder is writable");
        }
        let other = self.load.as_ref().map(|folder| std::fs::read(folder.join(register)));
        other.map_or(bytes, |read| read.expect("the other language saved it"))
    }

    /// The bytes of a cell.
    fn data(&self, cell: &str) -> Vec<u8> {
        cell::bytes(cell, &|register| match self.kept.get(register) {
            Some(Kept::Value(bytes)) => bytes.clone(),
            _ => panic!("no value in register `{register}`"),
        })
    }

    fn text(&self, cell: &str) -> String {
        String::from_utf8(self.data(cell)).expect("a text")
    }

    fn json<T: DeserializeOwned>(&self, cell: &str) -> Result<T, Error> {
        serde_json::from_slice(&self.data(cell))
            .map_err(|error| Error::InvalidJson { what: "argument", why: error.to_string() })
    }

    fn or_default<T: DeserializeOwned + Default>(&self, cell: &str) -> Result<T, Error> {
        if cell.is_empty() { Ok(T::default()) } else { self.json(cell) }
    }

    fn pepper(&self, name: &str) -> Option<Arc<Pepper>> {
        (!name.is_empty()).then(|| object!(self, Pepper, name).clone())
    }

    fn run(&mut self, operation: &str, args: &[&str]) -> Result<Given, Fail> {
        let arg = |at: usize| args.get(at).copied().unwrap_or_default();
        let first = arg(0);
        match operation.split_once('.').map_or(operation, |(engine, _)| engine) {
            "pepper" => self.peppers(operation, &arg),
            "scanner" | "stream" | "redactor" | "inspect" | "mint" | "mint_shape" => {
                self.classify(operation, &arg)
            }
            "version" => Ok(json(&nhi_core::VERSION)),
            "detect" => Ok(json(&adapters::detect(&self.text(first), &self.data(arg(1))))),
            "parse" => {
                let (name, bytes, at) = (self.text(first), self.data(arg(1)), time(arg(2))?);
                let pepper = self.pepper(arg(4));
                let adapter = (!arg(3).is_empty()).then(|| arg(3));
                let parsed = adapters::parse(&Input {
                    name: &name,
                    bytes: &bytes,
                    read_at: at,
                    pepper: pepper.as_deref(),
                    adapter,
                })?;
                Ok(json(&parsed))
            }
            "inventory" => self.inventory(operation, &arg),
            "baseline" => self.baseline(operation, args, &arg),
            "lifecycle" => self.lifecycle(operation, &arg),
            "ledger" => self.ledger(operation, &arg),
            "authorizer" => self.authorizer(operation, &arg),
            "assess" => self.assess(args),
            "report" => {
                let of = object!(self, Report, first);
                Ok(match operation {
                    "report.json" => Given::Json(report::json(of)),
                    "report.markdown" => Given::Bytes(report::markdown(of).into_bytes()),
                    "report.sarif" => Given::Bytes(report::sarif_report(of).into_bytes()),
                    "report.terminal" => Given::Bytes(report::first_screen(of).into_bytes()),
                    "report.html" => Given::Bytes(report::html(of).into_bytes()),
                    "report.ledger" => Given::Bytes(of.ledger.clone().into_bytes()),
                    "report.baseline" => Given::Bytes(of.baseline.clone()),
                    other => unknown(other),
                })
            }
            other => unknown(other),
        }
    }

    fn peppers<'a>(&self, operation: &str, arg: &dyn Fn(usize) -> &'a str) -> Result<Given, Fail> {
        let made = |pepper| Given::Made(Kept::Pepper(Arc::new(pepper)));
        Ok(match operation {
            "pepper.new" => made(Pepper::from_slice(&self.data(arg(0)))?),
            "pepper.parse" => made(Pepper::parse(&self.text(arg(0)))?),
            "pepper.expose_file" => Given::Bytes(object!(self, Pepper, arg(0)).expose_file().into_bytes()),
            "pepper.id" => json(object!(self, Pepper, arg(0)).id()),
            "pepper.fingerprint" => json(&object!(self, Pepper, arg(0)).fingerprint(&self.data(arg(1)))),
            "pepper.matches" => {
                let fingerprint = Fingerprint::parse(&self.text(arg(1)))?;
                json(&object!(self, Pepper, arg(0)).matches(&fingerprint, &self.data(arg(2))))
            }
            other => unknown(other),
        })
    }

    fn classify<'a>(&mut self, operation: &str, arg: &dyn Fn(usize) -> &'a str) -> Result<Given, Fail> {
        let first = arg(0);
        let number = |text: &str| text.parse::<u64>().expect("a whole number");
        Ok(match operation {
            "scanner.new" => {
                let off = |word| first.split(' ').any(|one| one == word);
                let mut builder =
                    Scanner::builder().generic(!off("generic")).ignore_marks(!off("ignore_marks"));
                if let Some(pepper) = self.pepper(arg(1)) {
                    builder = builder.pepper(pepper);
                }
                // Streams borrow from it.
                Given::Made(Kept::Scanner(Box::leak(Box::new(builder.build()))))
            }
            "scanner.scan" => json::<[Finding]>(&object!(self, Scanner, first).scan(&self.data(arg(1)))),
            "scanner.scan_file" => {
                let (path, data) = (self.text(arg(1)), self.data(arg(2)));
                json::<[Finding]>(&object!(self, Scanner, first).scan_file(&path, &data))
            }
            "scanner.stream" => {
                let scanner = *object!(self, Scanner, first);
                Given::Made(Kept::Stream(match self.text(arg(1)) {
                    path if path.is_empty() => scanner.stream(),
                    path => scanner.stream_file(path.leak()),
                }))
            }
            "stream.push" => {
                let data = self.data(arg(1));
                json::<[Finding]>(&object!(mut self, Stream, first).push(&data))
            }
            "stream.finish" => match self.kept.remove(first) {
                Some(Kept::Stream(stream)) => json::<[Finding]>(&stream.finish()),
                _ => panic!("no stream in register `{first}`"),
            },
            "redactor.new" => {
                Given::Made(Kept::Redactor(Redactor::new(Scanner::clone(object!(self, Scanner, first)))))
            }
            "redactor.redact" => Given::Bytes(object!(self, Redactor, first).redact(&self.data(arg(1)))),
            "inspect" => json(&classify::inspect(&self.data(first), self.pepper(arg(1)).as_deref())),
            "mint" => Given::Bytes(classify::mint(&self.text(first), number(arg(1)))?.into_bytes()),
            "mint_shape" => {
                let (shape, seed) = (number(arg(1)) as usize, number(arg(2)));
                Given::Bytes(classify::mint_shape(&self.text(first), shape, seed)?.into_bytes())
            }
            other => unknown(other),
        })
    }

    fn inventory<'a>(&mut self, operation: &str, arg: &dyn Fn(usize) -> &'a str) -> Result<Given, Fail> {
        let first = arg(0);
        match operation {
            "inventory.new" => return Ok(Given::Made(Kept::Inventory(Box::default()))),
            "inventory.load" => {
                let loaded = Inventory::load(&self.data(first))?;
                return Ok(Given::Made(Kept::Inventory(Box::new(loaded))));
            }
            "inventory.observe" => {
                let (snapshot, observations) = (self.json(arg(1))?, self.json(arg(2))?);
                return Ok(json(&object!(mut self, Inventory, first).observe(snapshot, observations)));
            }
            "inventory.observe_activities" => {
                let activities: Vec<_> = self.json(arg(1))?;
                object!(mut self, Inventory, first).observe_activities(&activities);
                return Ok(Given::Nothing);
            }
            _ => {}
        }
        let inventory = object!(self, Inventory, first);
        Ok(match operation {
            "inventory.credentials" => json(&inventory.credentials().collect::<Vec<_>>()),
            "inventory.identities" => json(&inventory.identities().collect::<Vec<_>>()),
            "inventory.owners" => json(&inventory.owners().collect::<Vec<_>>()),
            "inventory.sightings" => json(&inventory.sightings().collect::<Vec<_>>()),
            "inventory.ambiguities" => json(inventory.ambiguities()),
            "inventory.resolve" => json(&inventory.resolve(&self.text(arg(1)))),
            "inventory.credential" => json(&inventory.credential(&self.text(arg(1)))),
            "inventory.drift" => json(&inventory.drift(time(arg(1))?)),
            "inventory.plan" => json(&inventory.plan(time(arg(1))?)),
            "inventory.save" => Given::Bytes(inventory.save()),
            other => unknown(other),
        })
    }

    fn baseline<'a>(
        &mut self,
        operation: &str,
        args: &[&str],
        arg: &dyn Fn(usize) -> &'a str,
    ) -> Result<Given, Fail> {
        let first = arg(0);
        let made = |baseline| Ok(Given::Made(Kept::Baseline(Box::new(baseline))));
        match operation {
            "baseline.new" => {
                let mut config = Config::default();
                if !first.is_empty() {
                    config.budget = first.parse().expect("a budget");
                }
                if !arg(1).is_empty() {
                    config.seed = arg(1).parse().expect("a seed");
                }
                return made(Baseline::new(config));
            }
            "baseline.load" => return made(Baseline::load(&self.data(first))?),
            "baseline.merge_all" => {
                let all: Vec<Baseline> =
                    args.iter().map(|name| Baseline::clone(object!(self, Baseline, *name))).collect();
                return made(Baseline::merge_all(&all)?);
            }
            _ => {}
        }
        let activity = match operation {
            "baseline.score" | "baseline.peek" | "baseline.closing_due" => self.json(arg(1))?,
            _ => Default::default(),
        };
        let subject = self.text(arg(1));
        let baseline = object!(mut self, Baseline, first);
        Ok(match operation {
            "baseline.score" => json(&baseline.score(&activity)?),
            "baseline.peek" => json(&baseline.peek(&activity)?),
            "baseline.closing_due" => json(&baseline.closing_due(&activity)),
            "baseline.close_epoch" => {
                baseline.close_epoch(time(arg(1))?);
                Given::Nothing
            }
            "baseline.set_budget" => {
                baseline.set_budget(arg(1).parse().expect("a budget"));
                Given::Nothing
            }
            "baseline.close_alert" => json(&baseline.close_alert(&subject, arg(2) == "true")),
            "baseline.alerts" => json(&baseline.alerts(&subject)),
            "baseline.thresholds" => json(&baseline.thresholds(&subject)),
            "baseline.len" => json(&baseline.len()),
            "baseline.save" => Given::Bytes(baseline.save()),
            other => unknown(other),
        })
    }

    fn lifecycle<'a>(&mut self, operation: &str, arg: &dyn Fn(usize) -> &'a str) -> Result<Given, Fail> {
        let first = arg(0);
        let made = |machine| Ok(Given::Made(Kept::Lifecycle(Box::new(machine))));
        match operation {
            "lifecycle.new" => return made(Lifecycle::new(self.or_default(first)?)?),
            "lifecycle.resume" => {
                return made(Lifecycle::resume(self.or_default(first)?, &self.data(arg(1)))?);
            }
            "lifecycle.answer" => return self.answer(arg),
            "lifecycle.apply" => {
                let (order, now): (Value, _) = (self.json(arg(1))?, time(arg(2))?);
                let command = Command::from_json(&order, now)?;
                let machine = object!(mut self, Lifecycle, first);
                let applied = machine.apply(&command, now).map_err(Fail::Rejected)?;
                return Ok(told(&applied, machine.ledger()));
            }
            "lifecycle.record" => {
                let (credential, actor, at) = (self.text(arg(1)), self.text(arg(3)), time(arg(4))?);
                let decision = object!(self, Decision, arg(2)).clone();
                let ledger = object!(mut self, Lifecycle, first).ledger_mut();
                ledger.record(&credential, &decision.id, &actor, at, decision.event())?;
                return Ok(json(ledger.head()));
            }
            _ => {}
        }
        let credential = self.text(arg(1));
        let machine = object!(mut self, Lifecycle, first);
        Ok(match operation {
            "lifecycle.tick" => {
                let applied = machine.tick(time(arg(1))?);
                told(&applied, machine.ledger())
            }
            "lifecycle.state" => json(&machine.state(&credential)),
            "lifecycle.states" => json(machine.states()),
            "lifecycle.outstanding" => json(&machine.outstanding()),
            "lifecycle.next_deadline" => json(&machine.next_deadline()),
            "lifecycle.ledger" => Given::Bytes(machine.ledger().to_jsonl().into()),
            other => unknown(other),
        })
    }

    fn answer<'a>(&self, arg: &dyn Fn(usize) -> &'a str) -> Result<Given, Fail> {
        let maybe = |at: usize| (!arg(at).is_empty()).then(|| self.text(arg(at)));
        let effect: Effect = self.json(arg(0))?;
        let outcome = Outcome {
            error: maybe(3),
            evidence: maybe(4).unwrap_or_default(),
            external_id: maybe(5),
            fingerprint: maybe(6).map(|print| of_json(format!("\"{print}\"").as_bytes())).transpose()?,
        };
        Ok(json(&effect.answer(outcome, &self.text(arg(1)), time(arg(2))?)))
    }

    fn ledger<'a>(&mut self, operation: &str, arg: &dyn Fn(usize) -> &'a str) -> Result<Given, Fail> {
        let first = arg(0);
        Ok(match operation {
            "ledger.new" => Given::Made(Kept::Ledger(Ledger::new())),
            "ledger.after" => Given::Made(Kept::Ledger(Ledger::after(self.json(first)?))),
            "ledger.head" => json(object!(self, Ledger, first).head()),
            "ledger.lines" => Given::Bytes(object!(self, Ledger, first).to_jsonl().into()),
            "ledger.take" => Given::Bytes(object!(mut self, Ledger, first).take().into_bytes()),
            "ledger.record" => {
                let (credential, actor, at) = (self.text(arg(1)), self.text(arg(3)), time(arg(4))?);
                let decision = object!(self, Decision, arg(2)).clone();
                let ledger = object!(mut self, Ledger, first);
                ledger.record(&credential, &decision.id, &actor, at, decision.event())?;
                json(ledger.head())
            }
            "ledger.verify" => {
                let checkpoint = if arg(1).is_empty() { None } else { Some(self.json(arg(1))?) };
                json(&lifecycle::verify(&self.data(first), checkpoint.as_ref()))
            }
            "ledger.replay" => json(&lifecycle::replay(&self.data(first))?),
            other => unknown(other),
        })
    }

    fn authorizer<'a>(&self, operation: &str, arg: &dyn Fn(usize) -> &'a str) -> Result<Given, Fail> {
        let first = arg(0);
        Ok(match operation {
            "authorizer.new" => {
                let policy: authorize::Policy = self.or_default(first)?;
                Given::Made(Kept::Authorizer(Authorizer::new(policy)?))
            }
            "authorizer.authorize" => {
                let now = time(arg(2))?;
                let request = Request::from_authzen(&self.data(arg(1)), self.pepper(arg(6)).as_deref())?;
                let machine = (!arg(3).is_empty()).then(|| object!(self, Lifecycle, arg(3)));
                let credential = self.text(arg(4));
                let state = machine.and_then(|machine| machine.state(&credential));
                let score: Option<Score> = match arg(5) {
                    "" => None,
                    register => Some(self.json(&format!("{{keep:{register}}}"))?),
                };
                let authorizer = object!(self, Authorizer, first);
                let decision = authorizer.authorize(&request, state, score.as_ref(), now)?;
                let told = serde_json::to_string(&(decision.to_authzen(), &decision)).expect("JSON");
                Given::Both(Kept::Decision(Box::new(decision)), told)
            }
            "authorizer.replay" => {
                json(&object!(self, Authorizer, first).replay(object!(self, Decision, arg(1))))
            }
            other => unknown(other),
        })
    }

    fn assess(&self, args: &[&str]) -> Result<Given, Fail> {
        let arg = |at: usize| args.get(at).copied().unwrap_or_default();
        let (now, policy, pepper) = (time(arg(0))?, self.or_default::<assess::Policy>(arg(1))?, arg(2));
        let given: Vec<(&str, Vec<u8>)> = args
            .get(3..)
            .unwrap_or_default()
            .iter()
            .map(|input| input.split_once('=').expect("an input is NAME=VALUE"))
            .map(|(name, value)| (name, self.data(value)))
            .collect();
        let pepper = self.pepper(pepper);
        let mut inputs = Inputs { pepper: pepper.as_deref(), ..Inputs::default() };
        for (name, value) in &given {
            let bytes = value.as_slice();
            match *name {
                "activities" => inputs.activities = of_json(bytes)?,
                "findings" => inputs.findings = of_json(bytes)?,
                "records" => inputs.records = of_json(bytes)?,
                "checkpoint" => inputs.checkpoint = Some(of_json(bytes)?),
                "searched" => inputs.searched = of_json(bytes)?,
                "ledger" => inputs.ledger = Some(bytes),
                "baseline" => inputs.baseline = Some(bytes),
                "commands" => {
                    let timed: Vec<BTreeMap<String, Value>> = of_json(bytes)?;
                    for one in timed {
                        let at = one["at"].as_str().expect("a time");
                        inputs.commands.push((time(at)?, one["command"].clone()));
                    }
                }
                file => {
                    let (completeness, name) = match file.split(':').collect::<Vec<_>>()[..] {
                        ["file", "full", name] => (Completeness::Full, name),
                        ["file", "partial", name] => (Completeness::Partial, name),
                        _ => panic!("unknown input `{file}`"),
                    };
                    inputs.files.push(File { name, bytes, completeness });
                }
            }
        }
        Ok(Given::Made(Kept::Report(Box::new(assess(inputs, now, &policy)?))))
    }
}

fn of_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Error> {
    serde_json::from_slice(bytes)
        .map_err(|error| Error::InvalidJson { what: "argument", why: error.to_string() })
}

fn json<T: Serialize + ?Sized>(value: &T) -> Given {
    Given::Json(serde_json::to_string(value).expect("every record has a JSON form"))
}

fn told(applied: &Applied, ledger: &Ledger) -> Given {
    let seqs = serde_json::to_string(&applied.seqs).expect("JSON");
    let head = serde_json::to_string(ledger.head()).expect("JSON");
    Given::Json(format!(r#"{{"already":{},"seqs":{seqs},"head":{head}}}"#, applied.already))
}

fn time(cell: &str) -> Result<Timestamp, Error> {
    Timestamp::parse_rfc3339(cell)
}

fn unknown<T>(operation: &str) -> T {
    panic!("no such operation: {operation}")
}
