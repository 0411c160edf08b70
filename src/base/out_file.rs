//! Files that a person names for a command to write. The command may run as root, in a folder where others may write: a symbolic
//! link there would have it overwrite whatever somebody chose.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use rustix::fs::OFlags;
use rustix::io::Errno;

/// Opens a file for writing; fails where its name is a symbolic link.
///
/// # Errors
/// Those of the system; a link is named as such.
pub fn open(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    let flags = OFlags::NOFOLLOW.bits().cast_signed();
    options.custom_flags(flags).open(path).map_err(|error| {
        if error.raw_os_error() == Some(Errno::LOOP.raw_os_error()) {
            return io::Error::new(error.kind(), "it is a symbolic link; name the file itself");
        }
        error
    })
}

/// Writes a file as a whole; fails where its name is a symbolic link.
///
/// # Errors
/// Those of [`open`] and of writing.
pub fn write(path: &Path, content: &[u8]) -> io::Result<()> {
    open(path, OpenOptions::new().write(true).create(true).truncate(true))?.write_all(content)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn no_link_is_followed() {
        let dir = tempfile::tempdir().expect("a directory");
        let [file, link, dangling] = ["file", "link", "dangling"].map(|name| dir.path().join(name));
        fs::write(&file, "precious").expect("written");
        symlink(&file, &link).expect("linked");
        symlink(dir.path().join("nowhere"), &dangling).expect("linked");
        for path in [&link, &dangling] {
            let error = write(path, b"").expect_err("a link").to_string();
            assert_eq!(error, "it is a symbolic link; name the file itself");
        }
        assert_eq!(fs::read_to_string(&file).expect("readable"), "precious");
        assert!(!dir.path().join("nowhere").exists());
        write(&file, b"").expect("a file");
        assert_eq!(fs::read_to_string(&file).expect("readable"), "");
    }
}
