//! Names that say what they do, whoever wrote them: verbs of functions, and what classes are called that open something.

/// Verbs of functions that act.
const VERBS: &str = "eval exec execute system popen spawn run call check_output check_call shell compile import_module \
        load_library loads unpickle remove unlink rmtree urlopen urlretrieve download connect getoutput startfile \
        from_pretrained tofile write_file write_text http_get load_module exec_module makedirs execfile fork kill \
        command evaluate import_string symbol_by_name func_load deserialize unjelly render launch inline \
        instantiate spawnprocess cmdexec subimport";

/// Further ones, which are asked about only where nothing is known of a function.
const FURTHER: &str = "bash cmd copy_file delete dispatch exfil fetch import inject install interpret invoke mkdir open post \
        publish request save script send serve start submit subprocess trigger upload write";

/// How the names of classes end that hold a file, a process or a line to somewhere else.
const OPENS: &str = "App Browser Client Command Connection Console Consumer Container Credentials Daemon Downloader Driver \
        Executor Fetcher File Importer Interpreter Launcher Listener Pipe Pool Popen Process Producer Proxy \
        Runner Script Server Service Session Shell Socket Spawn Storage Subprocess Task Terminal Transport Tunnel \
        Watcher Workbook";

/// How the names of functions begin that are written like classes: `CreateProcess`.
const STARTS: &str =
    "CoCreate Connect Create Delete Download Execute Invoke Kill Load Run Send Shell Spawn Start Write";

/// The last part of a dotted name, as verbs are written.
fn last(name: &str) -> String {
    name.rsplit('.').next().unwrap_or(name).trim_matches('_').to_lowercase()
}

/// True for a name that is the verb, or begins with it.
fn begins(name: &str, verb: &str) -> bool {
    name.strip_prefix(verb).is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
}

/// Names of functions that do what their name says, whoever wrote them.
pub(super) fn is_telling(name: &str) -> bool {
    let last = last(name);
    VERBS.split(' ').any(|verb| begins(&last, verb) || last.strip_suffix(verb).is_some_and(|rest| rest.ends_with('_')))
}

/// True for the name of a function that acts when it is called, whatever its module.
pub(super) fn acts(name: &str) -> bool {
    let last = last(name);
    is_telling(name) || FURTHER.split(' ').any(|verb| begins(&last, verb))
}

/// True for the name of a class that opens something when it is called, or of a function that is written like one.
pub(super) fn opens(name: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or(name).trim_start_matches('_');
    // A further word must follow: `Runner` is no verb.
    let verb = |start: &str| last.strip_prefix(start).is_some_and(|rest| rest.starts_with(char::is_uppercase));
    last.starts_with(char::is_uppercase)
        && (OPENS.split(' ').any(|end| last.ends_with(end)) || STARTS.split(' ').any(verb))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_what_they_do() {
        assert!(is_telling("run_command") && is_telling("_exec") && !is_telling("runner") && !is_telling("Callable"));
        assert!(acts("fetch") && acts("send_all") && !acts("sender") && !is_telling("fetch"));
        assert!(opens("BlockingConnection") && opens("File") && !opens("connection") && !opens("FileError"));
        assert!(opens("CreateProcess") && !opens("Creator") && !opens("Loads"));
    }
}
