//! Makefiles as `make -n` reads them, and what is not plain in one.

use super::*;

/// What `make -n` prints, with `${NAME-default}` for variables of the environment.
fn check(text: &str, target: &str, expect: Option<&[&str]>) {
    let given = BTreeMap::from([("GIVEN".to_owned(), "1".to_owned())]);
    let lines = Makefile::parse(text).and_then(|it| it.lines(target, &given, &|it| it == "app"));
    let found = lines.map(|lines| {
        for it in &lines {
            for (at, range) in &it.pieces {
                assert_eq!(it.text[*at..][..range.len()], text[range.clone()]);
            }
        }
        lines.into_iter().map(|it| it.text).collect::<Vec<_>>()
    });
    let found = found.as_ref().map(|it| it.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(found.as_deref(), expect, "{text:?}");
}

#[test]
fn what_a_target_needs_comes_first_and_once() {
    let text = "serve: migrate static\n\tgunicorn a:app\nmigrate: check\n\t@python m.py \\\n\t  \
                --all\nstatic: check\n\t-true\ncheck:\n\ttrue\n";
    let lines = ["true", "python m.py \\\n\t  --all", "true", "gunicorn a:app"];
    check(text, "serve", Some(&lines));
    assert_eq!(Makefile::parse(text).unwrap().first(), Some("serve"));
}

#[test]
fn variables_of_the_file_and_of_the_environment_are_filled_in() {
    let text = "APP := a:app\nRUN = gunicorn $(APP)\nPORT ?= 8000\nserve:\n\t$(RUN) -b \
                :$(PORT) -w ${WORKERS} $(GIVEN) $$HOME $@\n";
    let line = "gunicorn a:app -b :${PORT-8000} -w ${WORKERS} 1 $HOME serve";
    check(text, "serve", Some(&[line]));
}

#[test]
fn at_once_means_as_the_variables_are_there() {
    let text = "A := $(B)x\nB = 1\nC = $(B)\nD := $(C)\nB = 2\nE ::= $(C)\nserve:\n\t\
                @echo $(A) $(C) $(D) $(E)\n";
    // GNU make says `x 2 1 2`, and `7x 2 1 2` where the environment has `B=7`.
    check(text, "serve", Some(&["echo ${B}x 2 1 2"]));
    let text = "PORT := 8000\nURL := :$(PORT)\nPORT := 9000\nserve:\n\tgunicorn -b $(URL)\n";
    check(text, "serve", Some(&["gunicorn -b :8000"]));
    check("A := $(A)b\nserve:\n\techo $(A)\n", "serve", Some(&["echo ${A}b"]));
    check("A = $(A)b\nserve:\n\techo $(A)\n", "serve", None);
}

#[test]
fn what_is_not_plain_is_not_understood() {
    for text in [
        "include x.mk\nserve:\n\ttrue\n",
        "ifdef A\nserve:\n\ttrue\nendif\n",
        "serve:\n\techo $(shell date)\n",
        "serve:\n\techo $<\n",
        "serve: A = 1\nserve:\n\ttrue\n",
        "A = 1\nA += 2\nserve:\n\ttrue\n",
        "SHELL = /bin/bash\nserve:\n\ttrue\n",
        "serve: ; true\n",
        "serve:\n\ttrue\nserve:\n\tfalse\n",
        "serve: other\n\ttrue\n",
        "PORT ?= 80\nserve:\n\techo '$(PORT)'\n",
        ".ONESHELL:\nserve:\n\ttrue\n",
    ] {
        check(text, "serve", None);
    }
}

#[test]
fn what_is_there_is_not_made_unless_it_is_phony() {
    check("app:\n\ttrue\n", "app", None);
    check(".PHONY: app\napp:\n\ttrue\n", "app", Some(&["true"]));
    check("serve: app\n\ttrue\n", "serve", Some(&["true"]));
}

#[test]
fn make_starts_simple_commands_itself() {
    for (text, expect) in [
        ("gunicorn a:app", true),
        ("gunicorn -b :${PORT-80}", true),
        ("cd app && gunicorn a:app", false),
        ("A=1 gunicorn a:app", false),
        ("gunicorn \"a:app\"", false),
        ("exec gunicorn a:app", false),
    ] {
        let line = Line { text: text.to_owned(), pieces: Vec::new(), may_fail: false };
        assert_eq!(line.is_simple(), expect, "{text}");
    }
}
