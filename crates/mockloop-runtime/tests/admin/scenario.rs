//! Scenarios that are put together in Rust, over a real mock.

use std::time::{Duration, Instant};

use mockloop_runtime::Map;
use mockloop_runtime::admin::models::{NewCollection, OverrideResponse, Respond, RuleThen};
use mockloop_runtime::admin::*;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

use crate::petstore::API;
use crate::{Done, Fallible, ask, get, run, start};

/// Makes a scenario active for a session, which the check and the mock have nothing against.
async fn play(mock: &MockClient, scenario: Scenario, session: &str) -> Done {
    assert_eq!(scenario.check(&API), vec![], "{scenario:?}");
    let verdict = validate(mock, &scenario).await?;
    assert_eq!((verdict.valid, verdict.findings), (true, vec![]), "{scenario:?}");
    let active = mock.activate(&scenario, Some(session)).await?;
    assert_eq!(active.session_id.as_deref(), Some(session));
    Ok(())
}

async fn validate(mock: &MockClient, scenario: &Scenario) -> Fallible<models::Validation> {
    let body = match serde_json::to_value(scenario.document())? {
        Value::Object(members) => members.into_iter().collect(),
        other => return Err(format!("no object: {other}").into()),
    };
    Ok(mock.call(&ValidateScenario { body }).await?)
}

fn one(rule: Rule) -> Scenario {
    Scenario::new("one rule").on("getPetById", rule)
}

#[test]
fn answers_are_as_they_were_put_together() -> Done {
    run(async {
        let (_running, mock) = start().await?;
        let problem = json!({"type": "about:blank", "title": "Gone", "status": 404, "detail": "x"});
        let rule = Rule::respond(404).body(problem.clone()).header("X-Why", "a").header("X-Why", "b");
        play(&mock, one(rule), "answers").await?;
        let answer = ask(&mock, "/pets/7", Some("answers")).await?;
        assert_eq!(answer.status().as_u16(), 404);
        assert!(answer.headers().get_all("x-why").iter().eq(["a", "b"]));
        assert_eq!(serde_json::from_slice::<Value>(&answer.bytes().await?)?, problem);
        let rule = Rule::respond(200).text("<pet/>").content_type("application/xml");
        play(&mock, one(rule), "answers").await?;
        assert_eq!(ask(&mock, "/pets/7", Some("answers")).await?.text().await?, "<pet/>");
        let photo =
            Scenario::new("photo").on("getPhoto", Rule::new().delay_ms(1).when(When::path("petId", 7)));
        let photo = photo.on("getPhoto", Rule::respond(200).bytes([0, 255]).content_type("image/png"));
        play(&mock, photo, "answers").await?;
        assert_eq!(ask(&mock, "/pets/8/photo", Some("answers")).await?.bytes().await?.as_ref(), [0, 255]);
        assert_ne!(ask(&mock, "/pets/7/photo", Some("answers")).await?.bytes().await?.as_ref(), [0, 255]);
        assert_eq!(get(&mock, "/pets/7", None).await?, 200, "others see nothing of it");
        Ok(())
    })
}

#[test]
fn conditions_let_through_what_fits_them() -> Done {
    run(async {
        let (_running, mock) = start().await?;
        let when = When::path("petId", 7).and(When::header("X-Session-ID", Is::matching("^cond")));
        play(&mock, one(Rule::respond(404).when(when)), "conditions").await?;
        assert_eq!(get(&mock, "/pets/7", Some("conditions")).await?, 404);
        assert_eq!(get(&mock, "/pets/8", Some("conditions")).await?, 200);
        let absent = Rule::respond(400).when(When::query("status", Is::absent()));
        let sold = Rule::respond(400).when(When::query("limit", 3).and(When::cookie("x", Is::absent())));
        let listed = Scenario::new("listed").on("GET /pets", sold.when(When::query("status", "sold")));
        let listed = listed.on("listPets", absent);
        assert!(listed.check(&API).iter().all(|finding| finding.severity == Severity::Warning));
        mock.activate(&listed, Some("conditions")).await?;
        assert_eq!(get(&mock, "/pets?status=available", Some("conditions")).await?, 200);
        assert_eq!(get(&mock, "/pets", Some("conditions")).await?, 400);
        Ok(())
    })
}

#[test]
fn bodies_are_looked_into() -> Done {
    run(async {
        let (_running, mock) = start().await?;
        let rex = When::body_at("$.name", "Rex").and(When::body(Is::matching("249")));
        play(&mock, Scenario::new("rex").on("addPet", Rule::respond(415).when(rex)), "bodies").await?;
        let refused = Scenario::new("all").on("*", Rule::respond(418).when(When::body(json!({"a": 1}))));
        let checked = validate(&mock, &refused).await?;
        assert!(checked.valid, "{checked:?}");
        Ok(())
    })
}

#[test]
fn sequences_limits_and_counts_are_kept() -> Done {
    run(async {
        let (_running, mock) = start().await?;
        let statuses = async |session: &str, many: usize| -> Fallible<Vec<u16>> {
            let mut found = Vec::new();
            for _ in 0..many {
                found.push(get(&mock, "/pets/7", Some(session)).await?);
            }
            Ok(found)
        };
        let steps = || [Step::respond(400), Step::respond(404), Step::new().delay_ms(1)];
        play(&mock, one(Rule::sequence(steps()).then(RuleThen::Loop)), "loop").await?;
        assert_eq!(statuses("loop", 4).await?, [400, 404, 200, 400]);
        play(&mock, one(Rule::sequence(steps())), "stay").await?;
        assert_eq!(statuses("stay", 4).await?, [400, 404, 200, 200]);
        play(&mock, one(Rule::respond(404).times(2)), "times").await?;
        assert_eq!(statuses("times", 3).await?, [404, 404, 200]);
        play(&mock, one(Rule::rate_limit(2, Duration::from_secs(3600))), "limit").await?;
        assert_eq!(statuses("limit", 3).await?, [200, 200, 429]);
        play(&mock, one(Rule::respond(404).probability(0.0)), "never").await?;
        assert_eq!(statuses("never", 3).await?, [200, 200, 200]);
        Ok(())
    })
}

#[test]
fn delays_and_faults_act() -> Done {
    run(async {
        let (_running, mock) = start().await?;
        for delay in [
            Delay::from(Duration::from_millis(80)),
            Delay::uniform(80, 90),
            Delay::normal(80, 0),
            Delay::log_normal(80, 0.0),
        ] {
            play(&mock, one(Rule::new().delayed(delay)), "slow").await?;
            let begun = Instant::now();
            get(&mock, "/pets/7", Some("slow")).await?;
            assert!(begun.elapsed() >= Duration::from_millis(75));
        }
        for fault in [
            Fault::reset(),
            Fault::close(),
            Fault::truncate().after_bytes(5),
            Fault::stall(Duration::from_millis(1)).after_bytes(3),
        ] {
            play(&mock, one(Rule::fault(fault.clone())), "broken").await?;
            let answer = match ask(&mock, "/pets/7", Some("broken")).await {
                Ok(answer) => answer.bytes().await.map_err(Into::into),
                Err(error) => Err(error),
            };
            assert!(answer.is_err(), "{fault:?}");
        }
        let whole = ask(&mock, "/pets/7", None).await?.bytes().await?;
        for fault in [Fault::garble(), Fault::drip(1_000_000)] {
            play(&mock, one(Rule::fault(fault.clone())), "odd").await?;
            let answer = ask(&mock, "/pets/7", Some("odd")).await?.bytes().await?;
            assert_eq!((answer.len(), answer == whole), (whole.len(), fault != Fault::garble()));
        }
        Ok(())
    })
}

#[test]
fn session_of_the_readme_goes_as_it_says() -> Done {
    run(async {
        let (_running, admin) = start().await?;
        let sold_out = Scenario::new("sold out")
            .on("getPetById", Rule::respond(404).when(When::path("petId", 7)).times(2))
            .on("GET /pets/*", Rule::new().delay_ms(250));
        assert!(sold_out.check(&API).is_empty());
        admin.activate(&sold_out, Some("my-test")).await?;
        for _ in 0..2 {
            get(&admin, "/pets/7", Some("my-test")).await?;
        }
        let failed = SearchLogs { status: Some(vec!["4xx".to_owned()]), ..SearchLogs::new() };
        assert_eq!(admin.call(&failed).await?.total_count, 2);
        Ok(())
    })
}

#[test]
fn override_is_put_together_like_a_rule() -> Done {
    run(async {
        let (_running, mock) = start().await?;
        let response = OverrideResponse::respond(404).header("X-Why", "test").delay_ms(1);
        let set = mock.call(&SetOverride::new("getPetById", response)).await?;
        assert_eq!((set.findings.unwrap_or_default(), get(&mock, "/pets/7", None).await?), (vec![], 404));
        Ok(())
    })
}

#[test]
fn what_is_posted_can_be_got() -> Done {
    run(async {
        let (_running, mock) = start().await?;
        let stored = Scenario::new("stored")
            .on("getPetById", Rule::storage(StorageStep::read("pets")))
            .on("updatePet", Rule::sequence([Step::storage(StorageStep::patch("pets"))]));
        assert_eq!(stored.check(&API), []);
        play(&mock, stored, "stored").await?;
        assert_eq!(get(&mock, "/pets/7", Some("stored")).await?, 404);
        mock.call(&CreateCollection::new(NewCollection::new("pets"))).await?;
        let pet = [("id".to_owned(), json!(7)), ("name".to_owned(), json!("Rex"))];
        mock.call(&CreateDocument::new("pets", pet.into_iter().collect::<Map<_, _>>())).await?;
        assert_eq!(get(&mock, "/pets/7", Some("stored")).await?, 200);
        Ok(())
    })
}

#[test]
fn check_says_what_the_mock_says() -> Done {
    run(async {
        let (_running, mock) = start().await?;
        let wrong = Scenario::new("a/b")
            .on("getPetByld", Rule::respond(404))
            .on(
                "getPetById",
                Rule { respond: Rule::respond(200).respond, ..Rule::sequence([Step::respond(404)]) },
            )
            .on("getPetById", Rule { times: Some(1), ..Rule::rate_limit(1, Duration::ZERO) })
            .on("getPetById", Rule { then: Some(RuleThen::Pass), ..Rule::respond(799).text("a").body(1) })
            .on("getPetById", Rule::respond(418).probability(1.5).delayed(Delay::uniform(9, 3)))
            .on("getPetById", Rule::sequence([]))
            .on(
                "getPetById",
                Rule { respond: Some(Respond::new()), ..Rule::storage(StorageStep::read("a/b")) },
            )
            .on(
                "getPetById",
                Rule { storage: Some(StorageStep::list("a")), ..Rule::rate_limit(1, Duration::ZERO) },
            )
            .on("addPet", Rule::sequence([Step::storage(StorageStep::delete("pets"))]))
            .on("getPetById", Rule::fault(Fault::drip(0)).delay_ms(-1))
            .on("getPetById", Rule::respond(404).header("no name", "x").times(0))
            .on("getPetById", Rule::new().when(When::query("color", "red")));
        let place = |finding: Finding| (finding.pointer, finding.code, finding.severity == Severity::Error);
        let mut ours: Vec<_> = wrong.check(&API).into_iter().map(place).collect();
        let mut theirs: Vec<_> = validate(&mock, &wrong).await?.findings.into_iter().map(place).collect();
        ours.sort();
        theirs.sort();
        assert_eq!(ours, theirs);
        let hint = wrong.check(&API).into_iter().find_map(|finding| finding.hint);
        assert_eq!(hint.as_deref(), Some("did you mean getPetById?"));
        Ok(())
    })
}

fn respond() -> impl Strategy<Value = Rule> {
    let body = prop_oneof![
        Just(None),
        any::<i64>().prop_map(|number| Some(json!({"a": [number, null]}))),
        ".*".prop_map(|text| Some(Value::from(text))),
    ];
    (90..620_i64, body, "[ -~]{0,9}", ".{0,9}", prop::collection::vec(any::<u8>(), 0..9), 0..8_u8).prop_map(
        |(status, body, name, value, bytes, which)| {
            let mut rule = Rule::respond(status);
            if which & 1 > 0 {
                rule = rule.header(name, value);
            }
            match body {
                Some(body) => rule = rule.body(body),
                None if which & 2 > 0 => rule = rule.bytes(bytes),
                None => {}
            }
            if which == 7 { rule.text("both") } else { rule }
        },
    )
}

fn delay() -> impl Strategy<Value = Delay> {
    let number = || prop_oneof![0.0..1e3_f64, any::<f64>()];
    prop_oneof![
        number().prop_map(|time| Delay::Number(time.into())),
        (number(), number()).prop_map(|(min, max)| Delay::uniform(min, max)),
        (number(), number()).prop_map(|(mean, deviation)| Delay::normal(mean, deviation)),
        (number(), 0.0..110.0_f64).prop_map(|(median, sigma)| Delay::log_normal(median, sigma)),
    ]
}

fn fault() -> impl Strategy<Value = Fault> {
    let kinds = prop_oneof![
        Just(Fault::close()),
        Just(Fault::truncate()),
        Just(Fault::garble()),
        any::<u64>().prop_map(|time| Fault::stall(Duration::from_millis(time))),
        any::<f64>().prop_map(Fault::drip),
    ];
    (kinds, any::<u32>()).prop_map(|(fault, bytes)| fault.after_bytes(bytes))
}

fn when() -> impl Strategy<Value = When> {
    let is = prop_oneof![
        ".*".prop_map(|text: String| Is::from(text)),
        any::<f64>().prop_map(Is::from),
        any::<bool>().prop_map(Is::from),
        Just(Is::present()),
        Just(Is::absent()),
        "[a-z]{1,5}".prop_map(Is::matching),
    ];
    (is, ".{0,9}", 0..6_u8).prop_map(|(is, name, place)| match place {
        0 => When::path(name, is),
        1 => When::query(name, is),
        2 => When::header(name, is),
        3 => When::cookie(name, is),
        4 => When::body(is),
        _ => When::body_at("$.a[0]", is),
    })
}

fn rule() -> impl Strategy<Value = Rule> {
    let steps = prop::collection::vec(respond(), 0..3).prop_map(|rules| {
        Rule::sequence(rules.into_iter().map(|rule| Step { respond: rule.respond, ..Step::new() }))
    });
    let limit = (any::<u32>(), any::<u64>())
        .prop_map(|(requests, window)| Rule::rate_limit(requests, Duration::from_millis(window)));
    let base = prop_oneof![respond(), steps, limit, fault().prop_map(Rule::fault), Just(Rule::new())];
    let more = (delay(), when(), prop_oneof![0.0..=1.0_f64, any::<f64>()], 0..3_u32, 0..32_u8);
    (base, more).prop_map(|(mut rule, (delay, when, share, times, which))| {
        if which & 1 > 0 {
            rule = rule.delayed(delay);
        }
        if which & 2 > 0 {
            rule = rule.when(when.clone()).when(when);
        }
        if which & 4 > 0 {
            rule = rule.probability(share);
        }
        if which & 8 > 0 {
            rule = rule.times(times);
        }
        if which & 16 > 0 { rule.then(RuleThen::Loop) } else { rule }
    })
}

#[test]
fn mock_takes_whatever_the_check_takes() -> Done {
    let operation = prop_oneof![
        Just("getPetById".to_owned()),
        Just("* /pets/*".to_owned()),
        Just("*".to_owned()),
        Just("get /pets/{petId}".to_owned()),
        "[A-Z*]{0,3} ?/?[a-z/*]{0,6}",
    ];
    let rules = prop::collection::vec((operation, rule()), 0..4);
    let scenario = ("[ -~äß]{0,12}|history", rules).prop_map(|(name, rules)| {
        rules
            .into_iter()
            .fold(Scenario::new(name), |scenario, (operation, rule)| scenario.on(operation, rule))
    });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (_running, mock) = runtime.block_on(start())?;
    let config = ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() };
    TestRunner::new(config).run(&scenario, |scenario| {
        let is_wrong = |finding: &Finding| finding.severity == Severity::Error;
        let ours = scenario.check(&API);
        let theirs = runtime.block_on(validate(&mock, &scenario));
        let theirs = theirs.map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert_eq!(!ours.iter().any(is_wrong), theirs.valid, "{:?}\n{:?}", ours, theirs.findings);
        Ok(())
    })?;
    Ok(())
}
