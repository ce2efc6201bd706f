//! Calls that load a model of machine learning while a module is imported.
//!
//! How large the model is, no file says: what a worker takes is at least what its libraries take.

use super::imports::{Statement, statements};

/// The module of a library, and what of it loads a model: a call, or with a dot in front a method of
/// any of its classes.
///
/// Sources: <https://huggingface.co/docs/transformers/main_classes/pipelines>,
/// <https://huggingface.co/docs/diffusers/using-diffusers/loading>, <https://spacy.io/api/top-level>,
/// <https://pytorch.org/docs/stable/generated/torch.load.html>,
/// <https://sbert.net/docs/package_reference/sentence_transformer/SentenceTransformer.html>,
/// <https://www.tensorflow.org/api_docs/python/tf/keras/models/load_model>,
/// <https://github.com/openai/whisper>, <https://github.com/SYSTRAN/faster-whisper>,
/// <https://docs.ultralytics.com/usage/python/>, <https://llama-cpp-python.readthedocs.io/>,
/// <https://radimrehurek.com/gensim/models/keyedvectors.html>, <https://github.com/JaidedAI/EasyOCR>
const LOADERS: &[(&str, &str)] = &[
    ("transformers", "pipeline"),
    ("transformers", ".from_pretrained"),
    ("diffusers", ".from_pretrained"),
    ("sentence_transformers", "SentenceTransformer"),
    ("sentence_transformers", "CrossEncoder"),
    ("spacy", "load"),
    ("torch", "load"),
    ("torch", "hub.load"),
    ("torch", "jit.load"),
    ("tensorflow", "keras.models.load_model"),
    ("tensorflow", "saved_model.load"),
    ("tensorflow.keras.models", "load_model"),
    ("tensorflow_hub", "load"),
    ("keras.models", "load_model"),
    ("whisper", "load_model"),
    ("faster_whisper", "WhisperModel"),
    ("ultralytics", "YOLO"),
    ("llama_cpp", "Llama"),
    ("gensim.models", "KeyedVectors.load_word2vec_format"),
    ("gensim.downloader", "load"),
    ("easyocr", "Reader"),
];

/// Packages that bring one of these.
const PACKAGES: &[&str] = &[
    "transformers",
    "diffusers",
    "sentence-transformers",
    "spacy",
    "torch",
    "tensorflow",
    "tensorflow-cpu",
    "tensorflow-hub",
    "keras",
    "openai-whisper",
    "faster-whisper",
    "ultralytics",
    "llama-cpp-python",
    "gensim",
    "easyocr",
];

/// Whether a package brings a call that loads a model.
pub(crate) fn brings_loader(package: &str) -> bool {
    PACKAGES.contains(&package)
}

/// The first call of a module that loads a model when it is imported: its name, and from where to
/// where it stands.
pub(super) fn loaded(text: &str) -> Option<(String, usize, usize)> {
    let imports = statements(text);
    let calls: Vec<(String, String)> = LOADERS
        .iter()
        .flat_map(|(module, call)| imports.iter().filter_map(|it| spelled(it, module, call)))
        .collect();
    if calls.is_empty() {
        return None;
    }
    on_import(text).find_map(|(line, start)| {
        calls.iter().find_map(|(written, name)| {
            let mut found = line.match_indices(written.as_str());
            let at = found.find(|(at, _)| {
                let before = &line[..*at];
                let continues = |it: char| it.is_alphanumeric() || it == '_' || it == '.';
                let is_whole = written.starts_with('.') || !before.ends_with(continues);
                // What stands in a comment or a text, or is put off, is not run.
                is_whole && !before.contains(['#', '\'', '"']) && !before.contains("lambda")
            });
            let at = start + at?.0;
            Some((name.clone(), at, at + written.len() - 1))
        })
    })
}

/// How a module that has this import calls a loader, with the bracket, and the name of that.
fn spelled(import: &Statement<'_>, module: &str, call: &str) -> Option<(String, String)> {
    let name = format!("{module}.{}", call.trim_start_matches('.'));
    if call.starts_with('.') {
        let rest = import.module.strip_prefix(module)?;
        return (rest.is_empty() || rest.starts_with('.')).then(|| (format!("{call}("), name));
    }
    if import.module != module {
        return None;
    }
    let first = call.split('.').next().unwrap_or(call);
    let written = match import.names.as_slice() {
        [] => format!("{}.{call}(", import.alias.unwrap_or(module)),
        names if names.contains(&first) => format!("{call}("),
        _ => return None,
    };
    Some((written, name))
}

/// The lines that run on import with where they start: those in no function, and not those for a
/// start as a script.
fn on_import(text: &str) -> impl Iterator<Item = (&str, usize)> {
    let mut start = 0;
    let mut inside: Option<usize> = None;
    let mut quotes: Option<&str> = None;
    text.split_inclusive('\n').filter_map(move |line| {
        let (at, code) = (start, line.trim_end());
        start += line.len();
        if let Some(open) = quotes {
            if code.contains(open) {
                quotes = None;
            }
            return None;
        }
        let plain = code.trim_start();
        let indent = code.len() - plain.len();
        quotes = ["\"\"\"", "'''"].into_iter().find(|it| code.matches(it).count() % 2 == 1);
        if plain.is_empty() || plain.starts_with('#') {
            return None;
        }
        // A signature may go on over lines, and end with a bracket at its own depth.
        if inside.is_some_and(|it| indent > it || plain.starts_with(')')) {
            return None;
        }
        inside = None;
        let starts = ["def ", "async def ", "if __name__", "if TYPE_CHECKING"];
        if starts.iter().any(|it| plain.starts_with(it)) {
            inside = Some(indent);
            return None;
        }
        Some((code, at))
    })
}

#[cfg(test)]
mod tests {
    use super::loaded;

    #[track_caller]
    fn check(text: &str, expect: Option<&str>) {
        let found = loaded(text);
        assert_eq!(found.as_ref().map(|it| it.0.as_str()), expect, "{text}");
        if let Some((_, start, end)) = found {
            assert!(!text[start..end].contains(['(', '\n', ' ']), "{}", &text[start..end]);
        }
    }

    #[test]
    fn calls_are_known_by_their_imports() {
        for (text, expect) in [
            ("from transformers import pipeline\np = pipeline('x')\n", "transformers.pipeline"),
            ("import spacy\nnlp = spacy.load('en')\n", "spacy.load"),
            ("import torch as t\nm.load_state_dict(t.load('m.pt'))\n", "torch.load"),
            (
                "import tensorflow as tf\nm = tf.keras.models.load_model('m')\n",
                "tensorflow.keras.models.load_model",
            ),
            (
                "from keras.models import load_model\nm = load_model('m')\n",
                "keras.models.load_model",
            ),
            (
                "from transformers import AutoModel\nm = AutoModel.from_pretrained('x')\n",
                "transformers.from_pretrained",
            ),
            ("import spacy\nclass A:\n    nlp = spacy.load('en')\n", "spacy.load"),
            (
                "import spacy\ntry:\n    n = spacy.load('en')\nexcept OSError:\n    pass\n",
                "spacy.load",
            ),
        ] {
            check(text, Some(expect));
        }
        check("m = load_model('m')\n", None);
        check("import torch\nx = my.torch.load('m')\n", None);
    }

    #[test]
    fn what_is_put_off_loads_nothing_on_import() {
        for body in [
            "def f():\n    return spacy.load('en')\n",
            "def f(\n    a,\n) -> X:\n    return spacy.load('en')\n",
            "async def f():\n    if a:\n        return spacy.load('en')\n",
            "if __name__ == \"__main__\":\n    spacy.load('en')\n",
            "load = lambda: spacy.load('en')\n",
            "# spacy.load('en')\n",
            "\"\"\"\nspacy.load('en')\n\"\"\"\n",
        ] {
            check(&format!("import spacy\n{body}"), None);
        }
    }
}
