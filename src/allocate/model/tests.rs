//! What a model refuses, with the whole message.

use crate::allocate::stages::stages;
use crate::allocate::{EXAMPLE, ModelText};

fn refused(text: &str) -> (String, Option<String>) {
    let model = ModelText::parse(text, "m.toml").and_then(|text| text.check());
    let error = match model {
        Ok(model) => match stages(&model) {
            Ok(_) => panic!("the model should have been refused"),
            Err(error) => error,
        },
        Err(error) => error,
    };
    (error.to_string(), error.hint_text().map(str::to_owned))
}

const DESK: &str = "[pools.desk]\naccounts = [\"6100\"]\n";
const ORDER: &str = "[activities.order]\npool = \"desk\"\nlevel = \"unit\"\n";

#[test]
fn the_example_is_a_model_and_its_own_text() {
    let text = ModelText::parse(EXAMPLE, "example.toml").unwrap();
    assert_eq!(text.to_toml(), EXAMPLE);
    let model = text.check().unwrap();
    assert_eq!(model.activities.len(), 6);
    assert!(stages(&model).is_ok());
    // Rendered anew it is the same model.
    let again = ModelText { original: None, ..text }.to_toml();
    let again = ModelText::parse(&again, "again.toml").unwrap().check().unwrap();
    assert_eq!(again.activities.keys().collect::<Vec<_>>(), model.activities.keys().collect::<Vec<_>>());
}

#[test]
fn an_unknown_key_gets_the_nearest_name_and_its_line() {
    let (message, hint) = refused(&format!("{DESK}{ORDER}praktical_capacity = 4\n"));
    assert_eq!(message, "m.toml:6: `activities.order` has no entry `praktical_capacity`");
    assert_eq!(hint.unwrap(), "the nearest is `practical_capacity`");
    assert_eq!(refused(&format!("{DESK}[pool.x]\n")).0, "m.toml:3: a costing model has no entry `pool`");
}

#[test]
fn all_problems_of_a_model_are_told_at_once_in_order() {
    let (message, _) =
        refused(&format!("{DESK}{ORDER}minutes = \"5 +\"\n[activities.x]\npool = \"dsk\"\nlevel = \"unit\"\n"));
    assert_eq!(
        message,
        "the costing model has 2 problems\n  m.toml:6: `activities.order.minutes`: time equation: the equation ends where a number or a \
         variable is expected\n    5 +\n       ^\n  m.toml:8: `activities.x` draws on the pool `dsk`, which there is not"
    );
}

#[test]
fn shares_beyond_one_are_refused() {
    let two = |first: &str, second: &str| {
        format!(
            "{DESK}{ORDER}share = \"{first}\"\n[activities.x]\npool = \"desk\"\nlevel = \"unit\"\nshare = \"{second}\"\n"
        )
    };
    assert_eq!(
        refused(&two("70%", "40%")).0,
        "m.toml:1: the shares drawn from the pool `desk` sum to 110%, beyond 100%"
    );
    let (message, hint) = refused(&two("70%", "20%"));
    assert_eq!(message, "m.toml:1: the shares drawn from the pool `desk` sum to 90%, not to 100%");
    assert_eq!(hint.unwrap(), "if the rest is meant to reach nobody, say `unassigned = \"10%\"`");
    assert_eq!(
        refused(&two("170%", "20%")).0,
        "m.toml:6: `activities.order.share` is `170%`; a share lies between 0% and 100%"
    );
    assert_eq!(
        refused(&two("0.7", "20%")).0,
        "m.toml:6: `activities.order.share` is `0.7`; write a percentage with its sign, as in `\"25%\"`"
    );
}

#[test]
fn shares_of_a_service_must_reach_one() {
    let service = |serves: &str| {
        format!(
            "{DESK}{ORDER}[pools.it]\naccounts = [\"6300\"]\n[services.IT]\npool = \"it\"\nserves = {{ {serves} }}\n"
        )
    };
    let (message, hint) = refused(&service("desk = \"60%\""));
    assert_eq!(message, "m.toml:10: the shares of the service `IT` sum to 60%, not to 100%");
    assert_eq!(hint.unwrap(), "if the rest is meant to reach nobody, say `unassigned = \"40%\"`");
    assert_eq!(
        refused(&service("desk = \"60%\", order = \"50%\"")).0,
        "m.toml:10: the shares of the service `IT` sum to 110%, not to 100%"
    );
    assert_eq!(
        refused(&service("desk = \"60%\", order = 3")).0,
        "m.toml:10: `services.IT.serves` mixes percentages and quantities"
    );
    let (message, hint) = refused(&service("dsk = \"100%\""));
    assert_eq!(message, "m.toml:10: there is no pool, service or activity `dsk`");
    assert_eq!(hint.unwrap(), "the nearest is `desk`");
}

#[test]
fn percentages_beyond_one_are_refused() {
    let (message, _) = refused(&format!("{DESK}{ORDER}percentages = {{ a = \"60%\", b = \"50%\" }}\n"));
    assert_eq!(message, "m.toml:6: the percentages of the activity `order` sum to 110%, not to 100%");
}

#[test]
fn a_capacity_is_more_than_zero_and_has_its_unit() {
    let capacity = |text: &str| refused(&format!("{DESK}{ORDER}practical_capacity = {text}\n")).0;
    assert_eq!(capacity("-4"), "m.toml:6: `activities.order.practical_capacity` is `-4`; a capacity is more than zero");
    assert_eq!(capacity("0"), "m.toml:6: `activities.order.practical_capacity` is `0`; a capacity is more than zero");
    assert_eq!(
        capacity("\"4/week\""),
        "m.toml:6: `activities.order.practical_capacity`: a capacity cannot be per `week`"
    );
    assert_eq!(
        capacity("\"4 hours\""),
        "m.toml:6: `activities.order.practical_capacity` is in hours, but the activity counts its driver"
    );
    assert_eq!(
        refused(&format!("{DESK}practical_capacity = 1000\n{ORDER}minutes = 1\n")).0,
        "m.toml:3: `pools.desk.practical_capacity` has no unit of time"
    );
}

#[test]
fn a_unit_that_is_no_time_is_named() {
    let pool = |capacity: &str| refused(&format!("{DESK}practical_capacity = \"{capacity}\"\n{ORDER}minutes = 1\n")).0;
    assert_eq!(
        pool("1000 days/year"),
        "m.toml:3: `pools.desk.practical_capacity`: `days` is neither minutes nor hours"
    );
    assert_eq!(
        refused(&format!("{DESK}{ORDER}minutes = 1\npractical_capacity = \"9 stops\"\n")).0,
        "m.toml:7: `activities.order.practical_capacity`: `stops` is neither minutes nor hours"
    );
}

#[test]
fn what_follows_from_a_problem_is_none_of_its_own() {
    let activity = |lines: &str| refused(&format!("{DESK}[activities.order]\npool = \"desk\"\n{lines}\n")).0;
    let driver = "driver = \"activities.call\"\nacquisition = true";
    assert_eq!(
        activity(&format!("level = \"unti\"\n{driver}")),
        "m.toml:5: `activities.order.level`: there is no `unti`"
    );
    assert_eq!(activity(driver), "m.toml:3: the activity `order` has no level");
    assert_eq!(
        activity("level = \"unit\"\nacquisition = true"),
        "m.toml:6: the activity `order` is acquisition, whose level is `selling`"
    );
}

#[test]
fn a_number_of_a_time_equation_is_neither_too_long_nor_too_large() {
    let minutes = |number: &str| refused(&format!("{DESK}{ORDER}minutes = {number}\n")).0;
    let many = "9".repeat(40);
    assert_eq!(minutes(&many), "m.toml:6: `activities.order.minutes`: a number is too large for a time");
    let few = "0.00000000000001";
    assert_eq!(minutes(few), "m.toml:6: `activities.order.minutes`: a number has more than twelve decimals");
}

#[test]
fn what_a_setting_or_an_overlay_brought_is_told_at_its_place() {
    let two = format!(
        "{DESK}practical_capacity = \"9 hours\"\n{ORDER}minutes = 1\n[activities.x]\npool = \"desk\"\nlevel = \"unit\"\nminutes = 2\n"
    );
    let with = |change: &dyn Fn(&mut ModelText)| {
        let mut text = ModelText::parse(&two, "m.toml").unwrap();
        change(&mut text);
        match text.check().and_then(|model| stages(&model).map(drop)) {
            Ok(()) => panic!("the model should have been refused"),
            Err(error) => error.to_string(),
        }
    };
    let set = |assignment: &'static str| with(&|text| text.set(assignment).unwrap());
    for (assignment, message) in [
        ("activities.order.pool=\"dsk\"", "`activities.order` draws on the pool `dsk`, which there is not"),
        ("activities.order.share=\"140%\"", "`activities.order.share` is `140%`; a share lies between 0% and 100%"),
        ("activities.order.acquisition=true", "the activity `order` is acquisition, whose level is `selling`"),
        (
            "pools.desk.practical_capacity=\"9 days\"",
            "`pools.desk.practical_capacity`: `days` is neither minutes nor hours",
        ),
        (
            "activities.order.practical_capacity=\"9 hours\"",
            "the activity `order` has a `practical_capacity`, but shares the time of the pool `desk`",
        ),
    ] {
        assert_eq!(set(assignment), format!("--set {assignment}: {message}"));
    }
    let over = with(&|text| text.overlay("\n[pools.other]\naccounts = [\"61*\"]\n", "over.toml").unwrap());
    assert_eq!(over, "over.toml:3: `pools.desk` and `pools.other` overlap: accounts `6100` and `61*`");
    let shares = "[activities]\norder.share = \"70%\"\nx.share = \"40%\"\n";
    assert_eq!(
        with(&|text| text.overlay(shares, "over.toml").unwrap()),
        "over.toml:3: the shares drawn from the pool `desk` sum to 110%, beyond 100%"
    );
}

#[test]
fn overlapping_accounts_are_refused_before_any_ledger_is_read() {
    let (message, hint) = refused("[pools.a]\naccounts = [\"6000-6299\"]\n[pools.b]\naccounts = [\"62*\"]\n");
    assert_eq!(message, "m.toml:4: `pools.a` and `pools.b` overlap: accounts `6000-6299` and `62*`");
    assert_eq!(
        hint.unwrap(),
        "every posting belongs to one pool: narrow one of them, or tell them apart by `cost_centres`"
    );
    let (message, _) = refused("[pools.a]\naccounts = [\"4000\"]\n[revenue]\naccounts = [\"4*\"]\n");
    assert_eq!(message, "m.toml:4: `pools.a` and `revenue.accounts` overlap: accounts `4000` and `4*`");
}

#[test]
fn activities_that_share_a_pool_say_how() {
    let (message, hint) = refused(&format!("{DESK}{ORDER}[activities.x]\npool = \"desk\"\nlevel = \"unit\"\n"));
    assert_eq!(message, "m.toml:1: `order` and `x` draw on the pool `desk` without a `share`");
    assert!(hint.unwrap().starts_with("give each its `share = \"60%\"`"));
    assert_eq!(
        refused(&format!("{DESK}[activities.order]\nlevel = \"unit\"\n")).0,
        "m.toml:3: the activity `order` draws on no pool"
    );
}

#[test]
fn a_method_and_what_it_needs_belong_together() {
    let with = |lines: &str| refused(&format!("{DESK}{ORDER}{lines}\n")).0;
    assert_eq!(
        with("method = \"duration\""),
        "m.toml:6: the activity `order` is of method `duration` and has no `minutes`"
    );
    assert_eq!(
        with("method = \"even\"\nrate = 4"),
        "m.toml:7: the activity `order` has `rate`, which its method `even` does not use"
    );
    assert_eq!(with("method = \"magic\""), "m.toml:6: `activities.order.method`: there is no `magic`");
    assert_eq!(with("driver = \"orders\""), "m.toml:6: `activities.order.driver`: there is no `orders`");
    assert_eq!(
        refused(&format!("{DESK}[activities.order]\npool = \"desk\"\n")).0,
        "m.toml:3: the activity `order` has no level"
    );
}

#[test]
fn a_capacity_of_the_whole_run_does_not_serve_several_periods() {
    let model = ModelText::parse(&format!("{DESK}{ORDER}practical_capacity = 4\n"), "m.toml").unwrap().check().unwrap();
    let refused = model.fits_several_periods(true).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "m.toml:6: `activities.order.practical_capacity` is that of the whole run, which has several periods"
    );
    let model = ModelText::parse(EXAMPLE, "m.toml").unwrap().check().unwrap();
    assert!(model.fits_several_periods(true).is_ok());
}

#[test]
fn a_quantity_without_a_date_may_share_a_cost_out_and_not_decide_it_in_every_period() {
    let with = |entry: &str| ModelText::parse(&format!("{DESK}{ORDER}{entry}\n"), "m.toml").unwrap().check().unwrap();
    let refused = |entry: &str, dated: bool| with(entry).fits_several_periods(dated).map_err(|error| error.to_string());
    let at_rate = "driver = \"drivers.order\"\nrate = 4";
    assert_eq!(
        refused(at_rate, false).unwrap_err(),
        "m.toml:6: `activities.order` would charge `drivers.order`, which has no date, whole in every period"
    );
    assert!(refused(at_rate, true).is_ok());
    assert!(refused("driver = \"drivers.order\"", false).is_ok());
    for what in ["one", "seats"] {
        let capacity = format!("driver = \"customers.{what}\"\npractical_capacity = \"9/month\"");
        assert!(refused(&capacity, true).is_err());
        assert!(refused(&format!("driver = \"customers.{what}\"\nmethod = \"weight\""), true).is_ok());
    }
    assert!(refused("driver = \"customers.active_months\"\nrate = 4", true).is_ok());
}
