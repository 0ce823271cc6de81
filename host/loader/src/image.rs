//! The checked bytes as something that the system's loader can open and nobody can change.

use std::{
    fs::File,
    io::{self, Write},
    os::{
        fd::{AsRawFd, OwnedFd},
        unix::fs::FileExt,
    },
    path::PathBuf,
    sync::Arc,
};

use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, memfd_create};

/// The bytes of a library in a sealed file in memory.
#[derive(Debug, Clone)]
pub(crate) struct Image(Arc<File>);

impl Image {
    /// Puts `bytes` into a file that takes no others.
    pub(crate) fn sealed(bytes: &[u8]) -> io::Result<Self> {
        let descriptor: OwnedFd = memfd_create("connector", MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING)?;
        let mut file = File::from(descriptor);
        file.write_all(bytes)?;
        fcntl_add_seals(&file, SealFlags::WRITE | SealFlags::GROW | SealFlags::SHRINK | SealFlags::SEAL)?;
        Ok(Self(Arc::new(file)))
    }

    /// For another process: as its standard input.
    pub(crate) fn file(&self) -> io::Result<File> {
        self.0.try_clone()
    }

    /// The same bytes in another file, which the system's loader takes for another library.
    pub(crate) fn copied(&self) -> io::Result<Self> {
        let mut bytes = vec![0; usize::try_from(self.0.metadata()?.len()).map_err(io::Error::other)?];
        self.0.read_exact_at(&mut bytes, 0)?;
        Self::sealed(&bytes)
    }

    /// The path under which this process opens it, for ever: the system's loader knows libraries by device and inode,
    /// and a reused descriptor number would give the library that was loaded first.
    pub(crate) fn keep(&self) -> PathBuf {
        let path = PathBuf::from(format!("/proc/self/fd/{}", self.0.as_raw_fd()));
        std::mem::forget(self.clone());
        path
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_is_another_file_with_the_same_bytes() {
        let image = Image::sealed(b"library").unwrap();
        let (path, copy) = (image.keep(), image.copied().unwrap().keep());
        assert_ne!(path, copy);
        assert_eq!(std::fs::read(&copy).unwrap(), b"library");
    }

    #[test]
    fn a_sealed_image_holds_the_bytes_and_takes_no_others() {
        let path = Image::sealed(b"library").unwrap().keep();
        assert_eq!(std::fs::read(&path).unwrap(), b"library");
        let opened = std::fs::OpenOptions::new().write(true).open(&path);
        assert!(opened.and_then(|mut file| file.write_all(b"X")).is_err());
        assert_eq!(std::fs::read(&path).unwrap(), b"library");
    }
}
