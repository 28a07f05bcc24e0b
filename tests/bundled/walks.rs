//! Each bundled runbook walked to GO, walked with one failure in each phase, and rehearsed.

use crate::operator::{Operator, Rehearsal};
use crate::world::{World, root, subtree, text};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

#[test]
fn photoflow_goes_to_go() {
    goes_to_go("photoflow");
}

#[test]
fn fluxbase_goes_to_go() {
    goes_to_go("fluxbase");
}

#[test]
fn appflowy_goes_to_go() {
    goes_to_go("appflowy");
}

#[test]
fn photovault_goes_to_go() {
    goes_to_go("photovault");
}

#[test]
fn fingerflow_goes_to_go() {
    goes_to_go("fingerflow");
}

fn goes_to_go(name: &str) {
    let world = World::of(name);
    let mut operator = Operator::of(&world);
    let status = operator.to_the_end();
    assert_eq!(status.exit, 0, "{name}: {status:?}");
    assert!(status.out.starts_with("GO"), "{name}: {status:?}");
    let run = operator.run.unwrap();
    assert_eq!(world.gonogo(&["verify", &run]).exit, 0, "{name}: the record is intact");
    // What the author says is required is really there to be called, and is called in the walk, on the way back, or by hand.
    let calls = world.calls();
    assert!(calls.len() > 40, "{name}: {} calls", calls.len());
}

#[test]
fn photoflow_stops_where_something_fails() {
    stops_where_something_fails("photoflow");
}

#[test]
fn fluxbase_stops_where_something_fails() {
    stops_where_something_fails("fluxbase");
}

#[test]
fn appflowy_stops_where_something_fails() {
    stops_where_something_fails("appflowy");
}

#[test]
fn photovault_stops_where_something_fails() {
    stops_where_something_fails("photovault");
}

#[test]
fn fingerflow_stops_where_something_fails() {
    stops_where_something_fails("fingerflow");
}

#[derive(Debug, Clone, Deserialize)]
struct Failing {
    step: String,
    call: String,
}

#[derive(Debug, Deserialize)]
struct Fixture {
    #[serde(flatten)]
    books: BTreeMap<String, BTreeMap<String, Failing>>,
    without: BTreeMap<String, Vec<String>>,
}

fn fixture() -> Fixture {
    let text = std::fs::read_to_string(root().join("tests/standins/failing.yaml")).unwrap();
    serde_yaml::from_str(&text).unwrap()
}

/// One walk, in which a call of every phase fails once: NO-GO at that step, and on from there when it is mended.
fn stops_where_something_fails(name: &str) {
    let world = World::of(name);
    let mut operator = Operator::of(&world);
    let failing = &fixture().books[name];
    for (phase, step) in failing_in_order(&world.plan(), failing) {
        world.fail(Some(&step.call));
        let rest = operator.until_no_go();
        assert_eq!((rest.exit, rest.verdict.as_str()), (1, "NO-GO"), "{name}, {phase}: {}", operator.story());
        let run = operator.run.clone().unwrap();
        let status = world.gonogo(&["status", &run, "--format", "json"]);
        assert_eq!(status.exit, 1, "{name}, {phase}: {status:?}");
        assert_eq!(operator.failed_steps(), [step.step.as_str()], "{name}, {phase}: {}", operator.story());
        world.fail(None);
    }
    let status = operator.to_the_end();
    assert_eq!(status.exit, 0, "{name}: mended, it goes to its end: {status:?}");
}

fn failing_in_order<'f>(
    plan: &'f Value,
    failing: &'f BTreeMap<String, Failing>,
) -> impl Iterator<Item = (&'f str, &'f Failing)> {
    let phases = plan["phases"].as_array().unwrap().iter().map(|phase| text(phase, "id"));
    phases.filter_map(|phase| failing.get(phase).map(|step| (phase, step)))
}

#[test]
fn every_phase_that_calls_a_program_fails_once() {
    let fixture = fixture();
    for (name, failing) in &fixture.books {
        let plan = World::of(name).plan();
        for phase in plan["phases"].as_array().unwrap().iter().filter(|phase| phase["walked"] == true) {
            let id = text(phase, "id");
            let is_without = fixture.without[name].iter().any(|without| without == id);
            assert!(failing.contains_key(id) != is_without, "{name}: phase {id} is in one of the two lists");
            let steps = subtree(&phase["steps"]);
            if let Some(one) = failing.get(id) {
                assert!(steps.iter().any(|step| text(step, "id") == one.step), "{name}: {} is in {id}", one.step);
            }
        }
        assert!(failing.len() >= 9, "{name}");
    }
}

#[test]
fn a_rehearsal_executes_nothing() {
    for name in ["photoflow", "fluxbase", "appflowy", "photovault", "fingerflow"] {
        let world = World::of(name);
        let came = Rehearsal::of(&world).to_the_end();
        assert_eq!(world.calls(), Vec::<String>::new(), "{name}: a rehearsal calls no program");
        assert_eq!(came.exit, 4, "{name}: {}", came.out);
        assert!(came.out.contains("REHEARSED") && !came.out.contains("Verdict GO"), "{name}: {}", came.out);
        let runs = world.gonogo(&["runs"]).out;
        assert!(runs.to_lowercase().contains("rehears"), "{name}: {runs}");
    }
}
