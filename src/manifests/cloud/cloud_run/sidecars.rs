//! The containers of a service: one of them gets the requests, and the others stand beside it.
//!
//! Each has memory and CPUs of its own, and all share one network.
//!
//! Sources: <https://cloud.google.com/run/docs/deploying#sidecars>,
//! <https://cloud.google.com/run/docs/container-contract> (`PORT` is for the ingress container).

use super::{Role, Service};
use crate::document::Node;
use crate::draft::{Command, Context, PROCESSES_MAX, ProcessDraft};
use crate::fact::{Fact, Origin, OriginKind, Value};
use crate::manifests::read;
use crate::platforms::Platform;
use crate::programs::listed::{Program, Serves, images};
use crate::project::Facts;
use crate::source::Spanned;
use crate::vocabulary as v;
use crate::workspace::parent;

impl<'n> Service<'n> {
    /// The container that gets the requests, and those beside it.
    pub(super) fn processes(
        &self,
        context: &mut Context<'_, '_>,
        platform: Option<&Platform>,
    ) -> Vec<ProcessDraft> {
        let beside = self.containers().iter().filter(|it| !std::ptr::eq(*it, self.container));
        let beside = beside.map(|container| Service { container, role: Role::Sidecar, ..*self });
        let mut processes = vec![self.process(context, platform)];
        // One of which nothing is known collects metrics or connects to a database.
        let is_known = |it: &ProcessDraft| !matches!(it.command, Command::Unknown(_));
        for it in beside.take(PROCESSES_MAX) {
            processes.extend(Some(it.process(context, platform)).filter(is_known));
        }
        processes
    }

    fn process(&self, context: &mut Context<'_, '_>, platform: Option<&Platform>) -> ProcessDraft {
        let mut process = self.plain(platform, parent(context.manifest));
        if let Some(program) = self.program() {
            let span = self.container.get("image").map_or(self.headline, |it| it.span);
            let text = Value::Text(program.id.to_owned());
            process.facts.set(v::SERVER, Fact::known(text, Origin::written(span, "`image`")));
            process.command = Command::None;
            return process;
        }
        let image = self.own_image(context, &process.folder);
        self.start(context, &mut process, image);
        process
    }

    /// The program of others that the container's image runs by itself.
    fn program(&self) -> Option<&'static Program> {
        let (program, _) = images::of(self.container.get("image")?.as_str()?)?;
        let is_said = self.container.get("command").is_some_and(|it| !it.elements().is_empty());
        (program.serves == Serves::Others && !is_said).then_some(program)
    }

    /// What the process is called: the one that gets requests like the service.
    pub(super) fn shown_name(&self) -> Spanned<String> {
        let name = self.root.at(&["metadata", "name"]).and_then(Node::as_str).unwrap_or("web");
        let own = self.container.get("name").filter(|_| self.role == Role::Sidecar);
        match own.and_then(|it| Some((it.as_str()?, it.span))) {
            Some((own, span)) => Spanned::new(format!("{name}/{own}"), span),
            None => Spanned::new(name.to_owned(), self.headline),
        }
    }

    /// What the container is for, and that it shares its network where there are others.
    pub(super) fn kind(&self, facts: &mut Facts) {
        let written = |why: &str| Origin::written(self.headline, why);
        let assumed = |why: &str| Origin {
            span: Some(self.container.span),
            ..Origin::new(OriginKind::Assumed, why)
        };
        let of_image = self.program().and_then(Program::kind_of_image);
        let (kind, origin) = match (self.role, of_image) {
            (_, Some(kind)) => (kind, Origin::new(OriginKind::Derived, "image")),
            (Role::Ingress, None) => ("web", written("a service gets requests")),
            (Role::Sidecar, None) if self.is_asked() => {
                ("web", assumed("a probe asks it at a port"))
            }
            (Role::Sidecar, None) if self.is_behind_proxy() => {
                ("web", assumed("the container with ports passes requests on"))
            }
            (Role::Sidecar, None) => ("worker", assumed("it has no ports")),
        };
        facts.set(v::KIND, Fact::known(Value::Text(kind.to_owned()), origin));
        let all = self.template.at(&["spec", "containers"]);
        if let Some(all) = all.filter(|it| it.elements().len() > 1) {
            let origin = Origin::written(all.span, "`containers` of the service");
            facts.set(v::SHARED_NETWORK, Fact::known(Value::Text("pod".to_owned()), origin));
        }
    }

    fn is_asked(&self) -> bool {
        ["startupProbe", "livenessProbe", "readinessProbe"].iter().any(|probe| {
            let asks = |it: &&str| self.container.at(&[probe, it, "port"]).is_some_and(is_port);
            ["httpGet", "tcpSocket"].iter().any(asks)
        })
    }

    /// Whether the container that gets requests is a proxy, and this the only one beside it.
    fn is_behind_proxy(&self) -> bool {
        let ingress = self.containers().iter().find(|it| it.get("ports").is_some());
        let image = ingress.and_then(|it| it.get("image")?.as_str());
        let kind = image.and_then(|it| images::of(it)?.0.kind_of_image());
        kind == Some("proxy") && self.containers().len() == 2
    }
}

fn is_port(node: &Node) -> bool {
    read::int(node).is_some_and(|it| it > 0)
}
