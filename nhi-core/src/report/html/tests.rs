use crate::{
    assess::{Inputs, Policy, assess},
    time::Timestamp,
};

#[test]
fn an_empty_estate_has_all_sections() {
    let now = Timestamp::parse_rfc3339("2026-11-01T00:00:00Z").unwrap();
    let page = super::html(&assess(Inputs::default(), now, &Policy::default()).unwrap());
    for (anchor, heading) in super::SECTIONS {
        assert!(page.contains(&alloc::format!("<section id={anchor} ")), "{heading}");
    }
}
