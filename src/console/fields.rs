//! The fields of a form, or of an address' query, as texts. What a field may hold is checked where it is used.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;

use super::Console;
use super::answer::Refusal;
use super::body::read;
use crate::store::reports::ReportQuery;

/// The fields by name.
#[derive(Debug, Default)]
pub(super) struct Fields(HashMap<String, Vec<String>>);

/// The fields of the query.
pub(super) struct Query(pub(super) Fields);

impl Fields {
    fn parse(encoded: &[u8]) -> Self {
        let mut fields: HashMap<String, Vec<String>> = HashMap::new();
        for (name, value) in url::form_urlencoded::parse(encoded) {
            fields.entry(name.into_owned()).or_default().push(value.into_owned());
        }
        Self(fields)
    }

    /// The text of a field, without space at its ends; empty where it is missing.
    pub(super) fn text(&self, name: &str) -> &str {
        self.all(name).first().map_or("", |text| text.trim())
    }

    /// The filters of reports that the fields name; the time and the place in the list are open.
    pub(super) fn report_filters(&self) -> ReportQuery<'_> {
        ReportQuery {
            site: self.text("site"),
            page_group: self.text("page_group"),
            verdict: self.text("verdict"),
            kind: self.text("kind"),
            directive: self.text("directive"),
            destination: self.text("destination"),
            engine: self.text("engine"),
            text: self.text("text"),
            ..ReportQuery::default()
        }
    }

    /// All texts of a field.
    pub(super) fn all(&self, name: &str) -> &[String] {
        self.0.get(name).map_or(&[], Vec::as_slice)
    }
}

impl FromRequest<Arc<Console>> for Fields {
    type Rejection = Refusal;

    async fn from_request(request: Request, console: &Arc<Console>) -> Result<Self, Refusal> {
        Ok(Self::parse(&read(request, console).await?))
    }
}

impl FromRequestParts<Arc<Console>> for Query {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<Console>) -> Result<Self, Refusal> {
        Ok(Self(Fields::parse(parts.uri.query().unwrap_or_default().as_bytes())))
    }
}
