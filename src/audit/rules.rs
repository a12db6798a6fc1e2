//! THE TABLE of rules: what a finding means, how bad it is, and why it matters. `scan --explain`, SARIF and the help of
//! the window are made from it; `tests/cases/audit.toml` has a case that fires and a near miss for every row.

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing; leaves the verdict alone.
    Note,
    /// Not known to be harmless: the file is suspicious.
    Caution,
    /// Known to do more than build data: the file is dangerous.
    Danger,
}

impl Severity {
    /// The word of the JSON documents.
    pub fn word(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Caution => "caution",
            Self::Danger => "danger",
        }
    }

    /// True for what counts in the verdict; notes do not.
    pub fn is_finding(self) -> bool {
        self > Self::Note
    }
}

/// A row of the table.
#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its stable name.
    pub id: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What it says, in general.
    pub title: &'static str,
    /// Why it matters.
    pub why: &'static str,
}

// rules! { /// Why. NAME = "id", Severity, "Title"; .. } makes
//   pub static NAME: Rule = Rule { id: "id", .. };      and      pub static RULES: &[&Rule] = &[&NAME, ..];
macro_rules! rules {
    ($($(#[doc = $why:literal])+ $name:ident = $id:literal, $severity:ident, $title:literal;)*) => {
        $($(#[doc = $why])+ pub static $name: Rule = Rule {
            id: $id, severity: Severity::$severity, title: $title, why: concat!($($why),+).trim_ascii(),
        };)*

        /// All rules, the worst first.
        pub static RULES: &[&Rule] = &[$(&$name),*];
    };
}

/// The rule of an id.
pub fn rule(id: &str) -> Option<&'static Rule> {
    RULES.iter().copied().find(|rule| rule.id == id)
}

rules! {
    /// The callable is on the list of names that run code, start processes, touch files or the network, or change the
    /// interpreter. An unpickler calls it while the file is being loaded, before anybody can look at the result.
    KNOWN_DANGER = "known-danger", Danger, "Calls what is known to do more than build data";
    /// The name is on the list of dangerous ones. Importing it runs its module's code, and the object that is built holds
    /// it: the application may call it later as if it were its own.
    DANGER_IMPORT = "danger-import", Danger, "Imports what is known to do more than build data";
    /// A dotted name that leads through a module, or through an attribute such as __globals__, reaches things that the
    /// module in front was never meant to hand out. No writer of pickles makes such names.
    WALKS_THROUGH = "walks-through", Danger, "Reaches through an innocent module to something else";
    /// Module and name are not written in the file but computed while it is loaded (joined, decoded, cut), which hides
    /// them from whoever reads the file. No writer of pickles does that.
    COMPUTED_NAME = "computed-name", Danger, "Computes the name of what it imports";
    /// What another call returned is called: the way to a function that is not named in the file. Writers of pickles call
    /// only what they name.
    CALLS_RESULT = "calls-result", Danger, "Calls the result of another call";
    /// State given to an object sets one of the methods that an unpickler itself calls (`__setstate__`, `append`, `extend`,
    /// `add`), so that the next opcode runs it without any call in the file.
    PLANTED_METHOD = "planted-method", Danger, "Plants a method that the unpickler will call";
    /// Attributes or items are set on something that was imported and not built here: a module, a class, a function, the
    /// environment. That changes the running program.
    CHANGES_IMPORT = "changes-import", Danger, "Changes something it did not build";
    /// A function of the standard library or of a well-known library that no writer of pickles calls. It is not on the list
    /// of dangerous names, but nothing that merely stores a model has a reason to call it.
    UNLISTED_CALL = "unlisted-call", Danger, "Calls a library function that no file writer calls";
    /// Nothing is known of the callable but its name, or the arguments it is given: and those are of code, commands,
    /// addresses or files.
    TELLING_CALL = "telling-call", Danger, "Calls something unknown with a command, code or an address";
    /// The callable is harmless as its library uses it, and is used here in another way: with a function to call, a codec
    /// that is none, a class that is none.
    MISUSED = "misused", Danger, "Uses a known constructor as its library never does";
    /// The name holds characters that make it look like another one: line ends, control or zero-width characters, letters of
    /// another script.
    DISGUISED_NAME = "disguised-name", Danger, "Disguises a name";
    /// Bytes or text inside the file are a pickle of their own that would do harm. If nothing in this file loads it, it waits
    /// for an application that does.
    HIDDEN_PICKLE = "hidden-pickle", Danger, "Carries a harmful pickle inside its data";
    /// What stands behind the end of the file's own data is a program: an executable or a script. No writer of files puts one
    /// there; somebody who gets hold of the file can cut it out and start it.
    PROGRAM_BEHIND = "program-behind", Danger, "Has a program behind its end";
    /// The configuration of a Keras model names a function that does more than compute, or a layer whose code does: Keras
    /// imports or runs it when it loads the model or runs it first.
    KERAS_RUNS = "keras-runs", Danger, "Holds a Keras layer that would reach out of the model";
    /// Nothing is known of the callable. What it does with the arguments of the file is up to its author.
    UNKNOWN_CALL = "unknown-call", Caution, "Calls something picklescope does not know";
    /// Nothing is known of the module. Importing it runs its code.
    UNKNOWN_IMPORT = "unknown-import", Caution, "Imports something picklescope does not know";
    /// The configuration of a Keras model holds a function as marshalled code (a Lambda layer), or names one outside Keras.
    /// Keras runs it with the model, unless its safe mode refuses.
    KERAS_CODE = "keras-code", Caution, "Holds a Keras layer that is code";
    /// Something in the file is code for another loader than an unpickler: a Python module or a library in an archive, an
    /// executable or marshalled code in bytes, tags of YAML or jsonpickle that call functions, names that skops imports.
    CODE_BESIDE = "code-beside", Caution, "Holds code that another loader would run";
    /// The registry of the program that loads the file decides what this code means.
    EXTENSION = "extension-code", Caution, "Asks the extension registry";
    /// The application decides what a persistent id stands for; only PyTorch's storages are known.
    PERSISTENT_ID = "persistent-id", Caution, "Asks the application for an object";
    /// The bytes inside the data are a pickle of their own of which something is not known.
    HIDDEN_UNKNOWN = "hidden-unknown", Caution, "Carries a pickle with unknown calls inside its data";
    /// Frames that lie, memo entries stored twice, protocol numbers that do not fit: readers that differ in such corners load
    /// different objects from the same bytes. Writers never produce this.
    READERS_DISAGREE = "readers-disagree", Caution, "Is built so that readers disagree about it";
    /// Headers that contradict each other, members with the same name, bytes where none belong: one reader sees a member that
    /// another does not.
    ARCHIVE_CONTRADICTS = "archive-contradicts", Caution, "The archive contradicts itself";
    /// A few bytes that stand for gigabytes, for 2 to the power of n objects, or for a call that never ends: made to exhaust
    /// whoever loads or walks them.
    BOMB = "expansion-bomb", Caution, "Expands beyond measure";
    /// The stream ends or breaks before its end. What it does until there happens all the same; the rest was not read.
    INCOMPLETE = "incomplete", Caution, "Could not be read to its end";
    /// Something inside could not be opened, so nothing can be said about it. Scanners have been fooled this way.
    NOT_OPENED = "not-opened", Caution, "Holds something that was not opened";
    /// No unpickler reads what stands behind the end. Writers put nothing there; somebody may have hidden something.
    TRAILING = "trailing-bytes", Caution, "Has bytes behind its end";
    /// An unpickler reads the first pickle only; a program that goes on reading gets the others.
    SEVERAL_PICKLES = "several-pickles", Note, "Holds several pickles";
    /// Objects that are built and belong to nothing: wasteful, or a sign of a hand-made file.
    LEFTOVER = "left-over", Note, "Builds objects that nothing uses";
    /// Bytes inside the data are a pickle of their own, and harmless.
    PICKLE_IN_BYTES = "pickle-in-bytes", Note, "Carries a harmless pickle inside its data";
    /// A path of the machine that wrote the file names its user or its folders.
    GIVES_PATH = "gives-away-path", Note, "Gives away paths of its author's machine";
    /// An e-mail address stands in the file.
    GIVES_EMAIL = "gives-away-email", Note, "Gives away e-mail addresses";
    /// Something with the form of an access token or private key stands in the file.
    GIVES_SECRET = "gives-away-secret", Note, "Gives away what looks like a key or token";
    /// Source code of its author stands in the file.
    GIVES_SOURCE = "gives-away-source", Note, "Gives away source code";
    /// Rows of the data the model was trained on are part of the model: nearest neighbours, support vectors, Gaussian
    /// processes keep them.
    GIVES_ROWS = "gives-away-rows", Note, "Gives away rows it was trained on";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_distinct_and_texts_are_sentences() {
        let mut ids: Vec<_> = RULES.iter().map(|rule| rule.id).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), RULES.len());
        assert!(RULES.iter().all(|rule| rule.why.ends_with('.') && !rule.title.ends_with('.')));
        assert!(RULES.windows(2).all(|pair| pair[0].severity >= pair[1].severity), "the worst first");
        assert_eq!(rule("known-danger"), Some(&KNOWN_DANGER));
    }
}
