//! What workflows deploy: services of Cloud Run that no file describes, and manifests of Fly.io
//! with options of the command.

use super::hosting::check;

#[test]
fn options_of_gcloud_run_deploy_are_the_service() {
    let file = ".github/workflows/deploy.yml";
    check(
        "workflow-forms",
        &[
            &format!("{file} - platform cloud-run"),
            &format!("{file} - region europe-west1"),
            &format!("{file} shop-api kind web"),
            &format!("{file} shop-api server gunicorn"),
            &format!("{file} shop-api workers 4"),
            &format!("{file} shop-api threads 2"),
            &format!("{file} shop-api machine.memory_mb 512"),
            &format!("{file} shop-api machine.cpus 1"),
            &format!("{file} shop-api router.hard_limit 8"),
            &format!("{file} shop-api router.request_timeout_s 120"),
            &format!("{file} shop-api scale.min 1"),
            &format!("{file} shop-api scale.max 3"),
            &format!("{file} shop-api cpu_only_during_requests false"),
            &format!("{file} shop-jobs workers 2"),
            &format!("{file} shop-jobs threads 4"),
            &format!("{file} shop-jobs app jobs:app"),
            &format!("{file} shop-jobs machine.memory_mb unknown"),
        ],
    );
}

#[test]
fn steps_of_cloud_build_and_gitlab_deploy_the_image_that_they_build() {
    check(
        "workflow-forms",
        &[
            "cloudbuild.yaml - platform cloud-run",
            "cloudbuild.yaml shop-web server gunicorn",
            "cloudbuild.yaml shop-web machine.memory_mb 1024",
            "cloudbuild.yaml shop-web port 9000",
            "cloudbuild.yaml shop-web timeout_s 90",
            ".gitlab-ci.yml shop-lab server gunicorn",
            ".gitlab-ci.yml shop-lab machine.memory_mb 2048",
            ".gitlab-ci.yml shop-lab router.hard_limit 80",
        ],
    );
}

/// flyctl takes the Dockerfile and the target of the manifest before those of the command, and the
/// variables and the region of the command before those of the manifest.
#[test]
fn options_of_flyctl_deploy_meet_the_manifest() {
    let file = "scripts/fly.toml";
    check(
        "fly-workflow",
        &[
            &format!("{file} - region ams"),
            &format!("{file} app server gunicorn"),
            &format!("{file} app workers 3"),
            &format!("{file} app machine.memory_mb 1024"),
            &format!("{file} app machine.cpus 2"),
            &format!("{file} app machine.plan shared-cpu-2x"),
            &format!("{file} release machine.memory_mb 1024"),
        ],
    );
}
