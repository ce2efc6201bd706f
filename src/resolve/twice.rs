//! Processes that two files lead to: what one of them says wins over what is assumed of the other.

use crate::project::Deployment;
use crate::source::Span;
use crate::vocabulary as v;

/// Leaves out each process whose command another deployment runs, where that one's file says the
/// platform and this one's platform is assumed to be the same: `gcloud run deploy` in a workflow
/// starts what the Procfile says, with the memory of the workflow.
pub(super) fn leave_out(deployments: &mut Vec<Deployment>) {
    let of = |it: &Deployment, is_assumed: bool| {
        let platform = it.facts.get(v::PLATFORM)?;
        let name = platform.text()?;
        (platform.origin.is_assumed() == is_assumed).then(|| name.to_owned())
    };
    let said: Vec<(String, Span)> = deployments
        .iter()
        .filter_map(|it| Some((of(it, false)?, it)))
        .flat_map(|(name, it)| commands(it).map(move |span| (name.clone(), span)))
        .collect();
    deployments.retain_mut(|it| {
        let Some(platform) = of(it, true) else { return true };
        let had = it.processes.len();
        it.processes.retain(|process| {
            let span = process.facts.span(v::COMMAND);
            !said.iter().any(|(name, other)| *name == platform && span == Some(*other))
        });
        !it.processes.is_empty() || had == 0
    });
}

/// Where the commands of a deployment are written.
fn commands(deployment: &Deployment) -> impl Iterator<Item = Span> {
    deployment.processes.iter().filter_map(|it| it.facts.span(v::COMMAND))
}
