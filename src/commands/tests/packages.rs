//! Scripts of package.json.

use super::*;

const PACKAGE: &str = r#"{
  "name": "root",
  "workspaces": ["apps/*"],
  "scripts": {
    "start": "node server.js",
    "prestart": "node build.js",
    "serve": "PORT=2057 next start -p 2057",
    "again": "npm run start",
    "circle": "yarn circle",
    "words": "echo \"a\" && exec node \"x y.js\""
  }
}"#;

fn scene() -> Scene {
    Scene::with(&[])
        .file("package.json", PACKAGE)
        .file(
            "apps/web/package.json",
            r#"{"name": "@acme/web", "scripts": {"start": "next start"}}"#,
        )
        .file("api/package.json", r#"{"name": "api", "scripts": {"start": "node api.js"}}"#)
        .file("api/src/empty", "")
}

#[test]
fn managers_start_scripts_by_name() {
    let scene = scene();
    let serve = "next start -p 2057";
    for command in [
        "npm run serve",
        "npm run-script serve",
        "npm run --silent serve",
        "yarn serve",
        "yarn run serve",
        "yarn -s serve",
        "pnpm serve",
        "pnpm run serve",
        "bun run serve",
        "bun serve",
        "node --run serve",
    ] {
        scene.check(command, serve);
    }
    let start = "before node build.js\nnode server.js";
    for command in ["npm start", "npm run start", "yarn start", "npm run again", "pnpm start"] {
        scene.check(command, start);
    }
    scene.check("npm run words", "node 'x y.js'");
}

#[test]
fn words_are_passed_on() {
    let scene = scene();
    scene.check("npm start -- --port 1", "before node build.js\nnode server.js --port 1");
    scene.check("npm start --port one", "before node build.js\nnode server.js one");
    scene.check("yarn serve -H 'a b'", "next start -p 2057 -H 'a b'");
    scene.check("pnpm run serve --x", "next start -p 2057 --x");
    scene.check("npm run serve -- $UNKNOWN", "next start -p 2057 ‹…›");
}

#[test]
fn packages_are_found_in_folders_above_and_by_workspace() {
    let scene = scene();
    for command in [
        "npm --prefix api start",
        "cd api && npm start",
        "yarn --cwd api start",
        "pnpm -C api start",
        "cd api/src && npm start",
    ] {
        scene.check(command, "[api] node api.js");
    }
    for command in [
        "npm start -w @acme/web",
        "npm --workspace=@acme/web run start",
        "yarn workspace @acme/web start",
        "pnpm --filter @acme/web start",
        "pnpm -F @acme/web run start",
        "cd apps/web && pnpm start",
    ] {
        scene.check(command, "[apps/web] next start");
    }
}

#[test]
fn programs_of_packages_take_the_place_of_the_manager() {
    let scene = scene();
    for command in [
        "npx next start",
        "npx --yes next start",
        "yarn next start",
        "pnpm exec next start",
        "pnpm next start",
        "npm exec -- next start",
        "bunx next start",
    ] {
        scene.check(command, "next start");
    }
    scene.check("npm ci", "npm ci");
    scene.check("yarn install && yarn serve", "before yarn install\nnext start -p 2057");
    scene.check("cross-env PORT=1 node $PORT", "node ‹…›");
}

#[test]
fn what_is_not_there_or_not_one_is_not_known() {
    let scene = scene();
    for command in
        ["npm run nothing", "npm run circle", "pnpm -r start", "pnpm --filter 'web...' start"]
    {
        let (launches, _) = scene.run(|it| Source::shell(it, command));
        assert!(launches.main.is_none() && launches.uncertain.is_some(), "{command}");
    }
    // Without a package.json, nobody knows what the manager starts.
    Scene::with(&[]).check("npm start", "npm start");
}

#[test]
fn scripts_around_a_script_run_with_it() {
    let package = r#"{
  "name": "shop", "version": "1.2.3",
  "scripts": {
    "prebuild": "one", "build": "two", "postbuild": "three",
    "prefails": "false", "fails": "four",
    "told": "five $npm_lifecycle_event $npm_package_name $npm_package_version"
  }
}"#;
    let scene = Scene::with(&[]).file("package.json", package).file("server.js", "");
    let all = "before one\nbefore two\nthree";
    for command in ["npm run build", "yarn build", "pnpm build", "bun run build"] {
        scene.check(command, all);
    }
    scene.check("node --run build", "two");
    scene.check("npm run told", "five told shop 1.2.3");
    scene.check("npm start", "node server.js");
    scene.check("pnpm start -x", "node server.js -x");
    let newer = package.replacen('{', "{\"packageManager\": \"yarn@4.5.0\",", 1);
    Scene::with(&[]).file("package.json", &newer).check("yarn build", "two");
}

#[test]
fn own_options_of_npm_are_not_passed_on() {
    let scene = scene();
    scene.check("npm run serve one --port 2 -- --x", "next start -p 2057 one 2 --x");
    scene.check("npm run serve --loglevel error -- --x", "next start -p 2057 --x");
    scene.check("yarn serve -- --x", "next start -p 2057 --x");
    scene.check("pnpm serve -- --x", "next start -p 2057 -- --x");
    scene.check("bun serve -- --x", "next start -p 2057 --x");
    scene.check("npx -c 'next start'", "next start");
    scene.check("npm run nothing --if-present && next start", "next start");
}
