//! The one call into foreign code: `clickhouse local` as a function of `libchdb.so`.
#![allow(unsafe_code)]

use std::convert::Infallible;
use std::ffi::{CStr, CString, OsString, c_char, c_int, c_void};
use std::mem::ManuallyDrop;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use libloading::{Library, Symbol};

use super::LaunchError;

/// `chdb_result *chdb_query_cmdline(int argc, char **argv)`
type QueryCmdline = unsafe extern "C" fn(c_int, *mut *mut c_char) -> *mut c_void;
/// `const char *chdb_result_error(chdb_result *)`
type ResultError = unsafe extern "C" fn(*mut c_void) -> *const c_char;

/// Runs ClickHouse inside this process; returns only when it cannot start.
pub(super) fn run(path: &Path, arguments: &[OsString]) -> Result<Infallible, LaunchError> {
    let refused = |message: String| LaunchError::Library { path: path.to_path_buf(), message };
    let mut owned = vec![CString::from(c"clickhouse")];
    for argument in arguments {
        let argument = CString::new(argument.as_bytes())
            .map_err(|_| refused(format!("{argument:?} holds a zero byte")))?;
        owned.push(argument);
    }
    let count = c_int::try_from(owned.len()).map_err(|error| refused(error.to_string()))?;
    let mut argv: Vec<*mut c_char> = owned.iter().map(|text| text.as_ptr().cast_mut()).collect();
    argv.push(std::ptr::null_mut());

    // SAFETY: loading runs the library's constructors. The file is the engine that the operator
    // installed or named, trusted as much as the `clickhouse` binary would be; this process has no
    // other thread yet and does nothing else afterwards.
    let library = unsafe { Library::new(path) }.map_err(|error| refused(error.to_string()))?;
    // Never unloaded: a failed start leaves threads behind that still run its code.
    let library = ManuallyDrop::new(library);
    // SAFETY: the two signatures are those of chdb.h of the release in LIBRARY_VERSION.
    let (query, error_of): (Symbol<'_, QueryCmdline>, Symbol<'_, ResultError>) = unsafe {
        (
            library.get(b"chdb_query_cmdline\0").map_err(|error| refused(error.to_string()))?,
            library.get(b"chdb_result_error\0").map_err(|error| refused(error.to_string()))?,
        )
    };
    // SAFETY: argv holds `count` pointers to NUL-terminated strings and a null one after them; the
    // strings live in `owned` until after the call, and the program does not write to them.
    let result = unsafe { query(count, argv.as_mut_ptr()) };
    // SAFETY: the result is null or what chdb_result_error takes; its text lives as long as it.
    let text = unsafe {
        let text = if result.is_null() { std::ptr::null() } else { error_of(result) };
        (!text.is_null()).then(|| CStr::from_ptr(text).to_string_lossy().into_owned())
    };
    drop(owned);
    Err(LaunchError::Ended(
        text.map_or_else(|| "its output above has the reason".to_owned(), reason),
    ))
}

/// The part of ClickHouse's message that is meant for people.
fn reason(mut text: String) -> String {
    if let Some(end) = text.find(", Stack trace (when copying") {
        text.truncate(end);
    }
    text.trim().replace('\n', " ")
}
