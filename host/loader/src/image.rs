//! The checked bytes as something that the system's loader can open and nobody can change.

use std::{
    fs::File,
    io::{self, Write},
    os::fd::{AsRawFd, OwnedFd},
    path::PathBuf,
};

use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, memfd_create};

/// Puts `bytes` into a sealed file in memory and returns the path under which it can be opened.
///
/// The descriptor stays open for the life of the process: the system's loader knows libraries by device and inode,
/// and a reused descriptor number would give the library that was loaded first.
pub(crate) fn sealed(bytes: &[u8]) -> io::Result<PathBuf> {
    let descriptor: OwnedFd = memfd_create("connector", MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING)?;
    let mut file = File::from(descriptor);
    file.write_all(bytes)?;
    fcntl_add_seals(&file, SealFlags::WRITE | SealFlags::GROW | SealFlags::SHRINK | SealFlags::SEAL)?;
    let path = PathBuf::from(format!("/proc/self/fd/{}", file.as_raw_fd()));
    std::mem::forget(file);
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_image_holds_the_bytes_and_takes_no_others() {
        let path = sealed(b"library").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"library");
        let opened = std::fs::OpenOptions::new().write(true).open(&path);
        assert!(opened.and_then(|mut file| file.write_all(b"X")).is_err());
        assert_eq!(std::fs::read(&path).unwrap(), b"library");
    }
}
