//! app.py of Chalice: decorators say which functions there are and what calls them.
//!
//! Only decorators of functions at the top of the file are seen. A blueprint brings functions from
//! other files, and these stay unknown.

use ruff_python_ast::{Decorator, Expr, ExprCall, Mod, Stmt};
use ruff_python_parser::{Mode, ParseOptions, parse_unchecked};
use ruff_text_size::Ranged;

use crate::source::{FileId, Span, Spanned};

/// What app.py says.
#[derive(Debug, Default)]
pub(super) struct App {
    /// The first route: all of them lead to one function.
    pub(super) route: Option<Span>,
    /// Functions of their own, with what calls each; `None` when nothing in the file does.
    pub(super) functions: Vec<(Spanned<String>, Option<&'static str>)>,
}

impl App {
    /// Reads the decorators of a text.
    pub(super) fn read(file: FileId, text: &str) -> Self {
        let mut app = Self::default();
        let parsed = parse_unchecked(text, ParseOptions::from(Mode::Module));
        let Mod::Module(module) = parsed.syntax() else { return app };
        let mut name = "app".to_owned();
        for statement in &module.body {
            match statement {
                Stmt::Assign(it) => {
                    if let ([Expr::Name(target)], true) = (&*it.targets, is_chalice(&it.value)) {
                        name = target.id.to_string();
                    }
                }
                Stmt::FunctionDef(function) => {
                    for decorator in &function.decorator_list {
                        app.add(file, &name, decorator, function.name.as_str());
                    }
                }
                _ => {}
            }
        }
        app
    }

    fn add(&mut self, file: FileId, app: &str, decorator: &Decorator, function: &str) {
        let Expr::Call(call) = &decorator.expression else { return };
        let Expr::Attribute(attribute) = &*call.func else { return };
        if !matches!(&*attribute.value, Expr::Name(it) if it.id.as_str() == app) {
            return;
        }
        let range = attribute.attr.range();
        let span = Span::new(file, range.start().to_usize(), range.end().to_usize());
        let (name, trigger) = match attribute.attr.as_str() {
            "route" => {
                self.route.get_or_insert(span);
                return;
            }
            "lambda_function" | "authorizer" => (None, None),
            "schedule" => (None, Some("schedule")),
            "on_sqs_message" => (None, Some("queue")),
            "on_kinesis_record" | "on_dynamodb_record" => (None, Some("stream")),
            "on_s3_event" | "on_sns_message" | "on_cw_event" => (None, Some("event")),
            "on_ws_connect" => (Some("websocket_connect"), Some("websocket")),
            "on_ws_message" => (Some("websocket_message"), Some("websocket")),
            "on_ws_disconnect" => (Some("websocket_disconnect"), Some("websocket")),
            _ => return,
        };
        let name = match name {
            Some(name) => name.to_owned(),
            None => chosen_name(call).unwrap_or_else(|| function.to_owned()),
        };
        // A decorator that somebody still types has no function yet.
        if name.is_empty() {
            return;
        }
        self.functions.push((Spanned::new(name, span), trigger));
    }
}

fn is_chalice(value: &Expr) -> bool {
    let Expr::Call(call) = value else { return false };
    match &*call.func {
        Expr::Name(it) => it.id.as_str() == "Chalice",
        Expr::Attribute(it) => it.attr.as_str() == "Chalice",
        _ => false,
    }
}

/// `name=` of a decorator: the function is known by it.
fn chosen_name(call: &ExprCall) -> Option<String> {
    let mut keywords = call.arguments.keywords.iter();
    let keyword = keywords.find(|it| it.arg.as_ref().is_some_and(|it| it.as_str() == "name"))?;
    match &keyword.value {
        Expr::StringLiteral(it) => Some(it.value.to_str().to_owned()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourceMap;

    #[track_caller]
    fn check(text: &str, route: Option<&str>, expect: &[(&str, Option<&str>)]) {
        let mut sources = SourceMap::new();
        let file = sources.add("app.py", text);
        let app = App::read(file, text);
        assert_eq!(app.route.map(|it| sources.text(it)), route, "{text}");
        let found: Vec<_> = app.functions.iter().map(|(it, by)| (it.value.as_str(), *by)).collect();
        assert_eq!(found, expect, "{text}");
    }

    #[test]
    fn decorators_are_functions() {
        check(
            "from chalice import Chalice\nshop = Chalice(app_name='shop')\n\
             @shop.route('/')\n@shop.route('/index')\ndef index(): return {}\n\
             @shop.schedule('rate(1 day)')\ndef nightly(event): pass\n\
             @shop.on_sqs_message(queue='orders', name='orders')\ndef work(event): pass\n\
             @shop.lambda_function()\ndef called(event, context): pass\n\
             @shop.on_ws_message()\ndef message(event): pass\n",
            Some("route"),
            &[
                ("nightly", Some("schedule")),
                ("orders", Some("queue")),
                ("called", None),
                ("websocket_message", Some("websocket")),
            ],
        );
    }

    #[test]
    fn other_decorators_and_broken_files_bring_nothing() {
        check("@other.schedule('x')\ndef f(): pass\n@app.route\ndef g(): pass\n", None, &[]);
        check("@app.schedule(", None, &[]);
        check("", None, &[]);
    }
}
