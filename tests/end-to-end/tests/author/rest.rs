//! `docs/rest.md`: a running host understands every body that stands there, and every route that takes one is there.

use std::{collections::BTreeSet, fs};

use anyhow::{Context, Result, ensure};
use end_to_end::HostOptions;
use reqwest::Method;
use serde_json::Value;

use crate::blocks::root;

const PAGE: &str = "docs/rest.md";
/// An id that nothing has.
const NOTHING: &str = "01900000-0000-7000-8000-000000000000";

/// A route and a body of the table; a row that names no route is about the one before.
fn rows() -> Result<Vec<(String, String)>> {
    let page = fs::read_to_string(root().join(PAGE))?;
    let table = page.split("\n## Bodies\n").nth(1).context("no bodies")?;
    let table = table.split("\n## ").next().unwrap_or_default();
    let mut rows = Vec::new();
    let mut route = String::new();
    for line in table.lines().filter_map(|line| line.strip_prefix("| ")).skip(1) {
        let (what, body) = line.trim_end_matches(" |").split_once(" | ").with_context(|| line.to_owned())?;
        if let Some(named) = what.strip_prefix('`') {
            named.trim_end_matches('`').clone_into(&mut route);
        }
        rows.push((route.clone(), body.trim_matches('`').replace("\"ID\"", &format!("{NOTHING:?}"))));
    }
    Ok(rows)
}

#[tokio::test]
async fn a_host_understands_every_body_and_no_route_that_takes_one_is_missing() -> Result<()> {
    let host = HostOptions::new()?.quiet().start().await?;
    let api = host.api();
    let rows = rows()?;
    for (route, body) in &rows {
        let (method, path) = route.split_once(' ').with_context(|| route.clone())?;
        let body: Value = serde_json::from_str(body).with_context(|| body.clone())?;
        let path = path.split('/').map(|part| if part.starts_with('{') { NOTHING } else { part });
        let path = path.collect::<Vec<_>>().join("/");
        let answer = api.request(Method::from_bytes(method.as_bytes())?, &path).json(&body).send().await?;
        let (status, said) = (answer.status().as_u16(), answer.text().await?);
        let problem: Value = serde_json::from_str(&said).unwrap_or_default();
        let code = problem["code"].as_str().unwrap_or_default();
        ensure!(
            ![400, 405, 415].contains(&status) && code != "route.not_found",
            "{route} {body}: {status} {said}"
        );
    }
    let wrong = api.request(Method::POST, "/v1/session").json(&Value::Null).send().await?;
    assert_eq!(wrong.status(), 400, "a body that is none is understood");

    let shown: BTreeSet<&str> = rows.iter().map(|(route, _)| route.as_str()).collect();
    let document = api.get("/v1/openapi.json").await?.body;
    let mut taking = BTreeSet::new();
    for (path, operations) in document["paths"].as_object().context("no paths")? {
        for (method, operation) in operations.as_object().context("no operations")? {
            // What is refused whatever it says needs no example.
            let is_refused = ["/broadcasts", "/{id}/conversations"].iter().any(|end| path.ends_with(end));
            let takes = operation.pointer("/requestBody/content/application~1json").is_some();
            if takes && !is_refused {
                taking.insert(format!("{} {path}", method.to_uppercase()));
            }
        }
    }
    assert_eq!(shown, taking.iter().map(String::as_str).collect());
    host.stop().await
}
