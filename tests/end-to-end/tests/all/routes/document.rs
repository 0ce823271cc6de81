//! Operations as the OpenAPI document of a running host describes them.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use end_to_end::Api;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

/// One method of one path.
#[derive(Debug)]
pub(crate) struct Operation {
    pub(crate) method: Method,
    pub(crate) path: String,
    /// `None`: it needs no key.
    pub(crate) role: Option<String>,
    pub(crate) every_account: bool,
    pub(crate) streams: bool,
    /// A body of the form that it takes, where it takes one.
    pub(crate) sample: Option<Value>,
    pub(crate) takes_anything: bool,
    /// The name of its body's form.
    pub(crate) form: Option<String>,
    /// The parameters of its path and what each names.
    parameters: Vec<(String, String)>,
}

/// Every operation.
pub(crate) async fn operations(api: &Api) -> Result<Vec<Operation>> {
    let document = api.get("/v1/openapi.json").await?.success()?;
    let mut all = Vec::new();
    for (path, item) in document["paths"].as_object().context("no paths")? {
        for (method, described) in item.as_object().context("no operations")? {
            all.push(Operation::new(path, method, described)?);
        }
    }
    ensure!(all.len() > 20, "the document holds too little: {all:?}");
    Ok(all)
}

impl Operation {
    fn new(path: &str, method: &str, described: &Value) -> Result<Self> {
        let parameters = described["parameters"].as_array().map(Vec::as_slice).unwrap_or_default();
        let in_path = parameters.iter().filter(|parameter| parameter["in"] == "path");
        let parameters = in_path.map(|parameter| {
            let what = parameter["schema"]["$ref"].as_str().and_then(|name| name.rsplit('/').next());
            (parameter["name"].as_str().unwrap_or_default().to_owned(), what.unwrap_or("text").to_owned())
        });
        let body = &described["requestBody"]["content"]["application/json"]["schema"];
        let form = body["$ref"].as_str().and_then(|name| name.rsplit('/').next());
        let takes_anything = body["type"] == "object" && body.get("properties").is_none();
        let sample = match (form, takes_anything) {
            (Some(form), _) => Some(sample(form)?),
            (None, true) => Some(json!({})),
            (None, false) => None,
        };
        Ok(Self {
            method: method.to_uppercase().parse()?,
            path: path.to_owned(),
            role: described["x-role"].as_str().map(str::to_owned),
            every_account: described["x-every-account"] == true,
            streams: described["responses"]["200"]["content"].get("text/event-stream").is_some(),
            sample,
            takes_anything,
            form: form.map(str::to_owned),
            parameters: parameters.collect(),
        })
    }

    /// Its path with what stands there under these names.
    pub(crate) fn path_to(&self, ids: &BTreeMap<&str, String>) -> Result<String> {
        self.parameters.iter().try_fold(self.path.clone(), |path, (name, what)| {
            let id = ids.get(what.as_str());
            let id =
                id.with_context(|| format!("{path}: this test knows no {what}; add one to its scenery"))?;
            Ok(path.replace(&format!("{{{name}}}"), id))
        })
    }

    /// Its path with one id in all places.
    pub(crate) fn path_with(&self, id: &str) -> String {
        let fill = |path: String, (name, _): &(String, String)| path.replace(&format!("{{{name}}}"), id);
        self.parameters.iter().fold(self.path.clone(), fill)
    }

    pub(crate) fn has_ids(&self) -> bool {
        !self.parameters.is_empty()
    }

    /// Whether its path names an account or what belongs to one.
    pub(crate) fn names_account(&self) -> bool {
        self.parameters.iter().any(|(_, what)| what != "text")
    }

    pub(crate) fn request(&self, api: &Api, path: &str) -> RequestBuilder {
        let request = api.request(self.method.clone(), path);
        match &self.sample {
            Some(sample) => request.json(sample),
            None => request,
        }
    }
}

/// A body of that form.
fn sample(form: &str) -> Result<Value> {
    Ok(match form {
        "Outgoing" => json!({"content": {"kind": "text", "text": "hello out there"}}),
        "CommentAnswerBody" => json!({"content": {"kind": "text", "text": "hello out there"}}),
        "DecisionBody" => json!({"decision": "was_sent"}),
        "Questions" => json!({"checks": []}),
        "AccountLayerBody" | "ConversationLayerBody" | "ConversationPatch" => json!({}),
        "PauseBody" => json!({"reason": "test"}),
        "NewNote" => json!({"text": "for colleagues"}),
        "ReplayBody" => json!({"since": "2000-01-01T00:00:00Z"}),
        "NewEndpointBody" => json!({"url": "https://example.com/", "enabled": false}),
        "EndpointChangeBody" => json!({}),
        "ReplaySince" => json!({"since": "2000-01-01T00:00:00Z"}),
        "AutomaticTextBody" => json!({"text": "hello out there"}),
        "OrderBody" => json!({"ids": []}),
        "SwitchBody" => json!({"enabled": true}),
        "Login" => json!({"key": "jk_unknown"}),
        other => anyhow::bail!("this test knows no body of the form {other}; add one"),
    })
}
