//! A library in this process, and the copies of it that take its place when it hangs.

use std::{
    path::Path,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use connector_abi::ConnectorMod_Ref;
use tokio::sync::watch;

use crate::{Step, error::Failed, file, image::Image, open};

/// So often a library is loaded once more: each copy stays in memory, with its hung threads.
const MAX_COPIES: usize = 8;

/// The copies of one library. The newest serves; instances of one that hangs are made anew in the next.
pub(crate) struct Copies {
    image: Image,
    newest: Mutex<Arc<Copy>>,
    /// Held by whoever loads the next one, which runs the library's code.
    loading: Mutex<()>,
}

/// A library as it was loaded once, with statics and threads of its own.
pub(crate) struct Copy {
    pub(crate) module: ConnectorMod_Ref,
    /// How many were loaded before it.
    number: usize,
    hangs: watch::Sender<bool>,
    /// Whether it is being found out if it hangs.
    pub(crate) suspected: Arc<AtomicBool>,
}

impl Copies {
    pub(crate) fn of(image: Image, module: ConnectorMod_Ref) -> Self {
        Self { image, newest: Mutex::new(Arc::new(Copy::new(module, 0))), loading: Mutex::default() }
    }

    pub(crate) fn newest(&self) -> Arc<Copy> {
        Arc::clone(&self.newest.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Loads the library once more where the newest copy hangs; whoever comes second finds it done.
    pub(crate) async fn refresh(self: &Arc<Self>, path: &Path) -> Result<(), Failed> {
        let copies = Arc::clone(self);
        file::blocking(path, move || {
            let _loading = copies.loading.lock().unwrap_or_else(PoisonError::into_inner);
            let newest = copies.newest();
            if !*newest.hangs.borrow() {
                return Ok(());
            }
            if newest.number >= MAX_COPIES {
                return Err(too_many());
            }
            let module = open::root_module(&copies.image.copied().map_err(no_image)?.keep())?;
            let next = Arc::new(Copy::new(module, newest.number + 1));
            *copies.newest.lock().unwrap_or_else(PoisonError::into_inner) = next;
            Ok(())
        })
        .await
    }
}

impl Copy {
    fn new(module: ConnectorMod_Ref, number: usize) -> Self {
        Self { module, number, hangs: watch::Sender::new(false), suspected: Arc::new(AtomicBool::new(false)) }
    }

    /// It answers nothing any more.
    pub(crate) fn hangs(&self) {
        self.suspected.store(true, Ordering::Relaxed);
        self.hangs.send_replace(true);
    }

    /// Returns once it answers nothing any more.
    pub(crate) async fn hung(&self) {
        let mut hangs = self.hangs.subscribe();
        // The sender is ours, so that it never closes.
        let _hangs = hangs.wait_for(|hangs| *hangs).await;
    }
}

pub(crate) fn no_image(error: std::io::Error) -> Failed {
    let fix = "Check the memory that is left, and whether the system allows executable memory files.";
    Failed::new((Step::Open, "open.no_image"), "a sealed copy in memory", error, fix)
}

fn too_many() -> Failed {
    let expected = format!("at most {MAX_COPIES} hangs of one library");
    let fix = "Restart the host, or run it with isolation = \"process\", where a hang costs a restart of that process.";
    Failed::new((Step::Open, "open.hangs_again"), expected, "one more", fix)
}
