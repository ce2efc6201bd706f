//! What the commands of workflows are read as.

use super::*;
use crate::parse::{self, Syntax};
use crate::source::SourceMap;

fn runs_of(text: &str) -> Vec<String> {
    let mut sources = SourceMap::new();
    let file = sources.add("deploy.yml", text);
    let document = parse::document(Syntax::Yaml, file, text);
    let shown = |it: Run| {
        let words: Vec<&str> = it.words.iter().map(|it| it.value.as_str()).collect();
        let folder = it.folder.unwrap_or_else(|| "?".to_owned());
        format!("{folder}$ {}", words.join(" ").replace(HOLE, "…"))
    };
    runs(&document.root, "").into_iter().map(shown).collect()
}

#[track_caller]
fn check(text: &str, expect: &[&str]) {
    assert_eq!(runs_of(text), expect, "{text}");
}

#[test]
fn commands_of_github_run_in_the_folder_of_their_step() {
    check(
        "
env:
  NAME: shop
defaults:
  run:
    working-directory: api
jobs:
  deploy:
    steps:
      - uses: actions/checkout@v4
      - run: |
          flyctl deploy --app $NAME \\
            --config fly.${{ env.NAME }}.toml
          if [ -n \"$X\" ]; then
            cd web && gcloud run deploy ${{ github.ref }} --memory \"$MEMORY\"
          fi
      - run: fly deploy
        working-directory: ${{ matrix.folder }}
",
        &[
            "api$ flyctl deploy --app shop --config fly.shop.toml",
            "api$ [ -n … ]",
            "api/web$ gcloud run deploy … --memory …",
            "?$ fly deploy",
        ],
    );
}

#[test]
fn an_action_stands_for_its_command() {
    check(
        "
jobs:
  deploy:
    steps:
      - uses: google-github-actions/deploy-cloudrun@v2
        with:
          service: shop
          source: ./api
          flags: >-
            --memory=512Mi
            --concurrency 40
      - uses: superfly/flyctl-actions@1.5
        with:
          args: deploy --remote-only
",
        &[
            "$ gcloud run deploy shop --source ./api --memory=512Mi --concurrency 40",
            "$ flyctl deploy --remote-only",
        ],
    );
}

#[test]
fn lines_of_gitlab_share_a_shell() {
    check(
        "
variables:
  SIZE: 1Gi
deploy:
  before_script:
    - cd deploy
  script:
    - gcloud run deploy shop --memory $SIZE
",
        &["deploy$ gcloud run deploy shop --memory 1Gi"],
    );
}

#[test]
fn steps_of_cloud_build_have_words() {
    check(
        "
steps:
  - name: gcr.io/google.com/cloudsdktool/cloud-sdk
    entrypoint: gcloud
    args: [run, deploy, $_NAME, --image, 'gcr.io/$PROJECT_ID/${_NAME}:1']
  - name: gcr.io/cloud-builders/docker
    args: [build, -t, x, .]
    dir: api
  - name: node
    args: [npm, test]
substitutions:
  _NAME: shop
",
        &["$ gcloud run deploy shop --image gcr.io/…/shop:1", "api$ docker build -t x ."],
    );
}

#[test]
fn half_a_workflow_is_no_crash() {
    for text in ["", "jobs:", "jobs: [a]", "steps:\n- args: [$]", "a:\n  script: 'if ['", "- x"] {
        runs_of(text);
    }
}

#[test]
fn what_is_filled_in_does_not_grow_beyond_what_is_followed() {
    let long = "x".repeat(90_000);
    for often in ["${{ env.A }}", "$A"] {
        let words = often.repeat(7_500);
        let workflow = format!(
            "env:\n  A: {long}\njobs:\n  a:\n    steps:\n    - run: fly deploy {words}\n    - run: fly deploy {often}\n"
        );
        let runs = runs_of(&workflow);
        assert!(runs[0].len() < 300_000, "{} bytes of {often}", runs[0].len());
        assert_eq!(runs[1], format!("$ fly deploy {long}"));
    }
}
