//! What goes over the socket between host and worker: frames of a JSON header and two byte strings.

use std::io;

use connector_abi::{AbiError, Reply};
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use crate::log_line::LogLine;

/// The largest part of a frame; media is bounded well below.
const MAX_PART_BYTES: u32 = 128 << 20;

/// What a frame is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "frame", rename_all = "snake_case")]
pub(crate) enum Header {
    /// To the worker: start the instance; the JSON is the start request. Answered.
    Start { id: u64 },
    /// To the worker: a webhook request; the bytes are its body. Answered.
    Receive { id: u64 },
    /// To the worker: an operation. Answered.
    Call { id: u64, operation: String },
    /// To the worker: nobody waits for that answer any more.
    Cancel { id: u64 },
    /// To the worker: shut the instance down. Answered.
    Shutdown { id: u64 },
    /// From the worker, before anything else: it works; the library's code has not run yet.
    Ready,
    /// From the worker: the library is loaded; the JSON is its document.
    Loaded,
    /// From the worker: the library is no connector; the JSON is the failed step.
    Refused,
    /// From the worker: a reply.
    Done { id: u64 },
    /// From the worker: an error of the boundary; the JSON is its details.
    Failed { id: u64, code: u32, message: String },
    /// From the worker: a record of the connector's log.
    Log(LogLine),
}

/// One frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Frame {
    pub(crate) header: Header,
    pub(crate) json: Vec<u8>,
    pub(crate) bytes: Vec<u8>,
}

impl Frame {
    pub(crate) fn bare(header: Header) -> Self {
        Self { header, json: Vec::new(), bytes: Vec::new() }
    }

    /// The answer to the request of that id.
    pub(crate) fn answer(id: u64, result: Result<Reply, AbiError>) -> Self {
        match result {
            Ok(reply) => {
                Self { header: Header::Done { id }, json: reply.json.into(), bytes: reply.attachment.into() }
            }
            Err(error) => Self {
                header: Header::Failed { id, code: error.code, message: error.message.into() },
                json: error.details_json.into(),
                bytes: Vec::new(),
            },
        }
    }

    pub(crate) async fn write(&self, socket: &mut (impl AsyncWrite + Unpin)) -> io::Result<()> {
        let header = serde_json::to_vec(&self.header)?;
        let parts = [&header, &self.json, &self.bytes];
        let mut frame = Vec::with_capacity(12 + parts.iter().map(|part| part.len()).sum::<usize>());
        for part in parts {
            let len = u32::try_from(part.len()).ok().filter(|len| *len <= MAX_PART_BYTES);
            frame.extend(len.ok_or_else(too_large)?.to_le_bytes());
        }
        parts.iter().for_each(|part| frame.extend_from_slice(part));
        socket.write_all(&frame).await
    }

    /// The next frame; `None` where the other side has closed the socket between two frames.
    pub(crate) async fn read(socket: &mut (impl AsyncRead + Unpin)) -> io::Result<Option<Self>> {
        let first = match socket.read_u32_le().await {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
            first => first?,
        };
        let lens = [first, socket.read_u32_le().await?, socket.read_u32_le().await?];
        if lens.iter().any(|len| *len > MAX_PART_BYTES) {
            return Err(too_large());
        }
        let mut parts = Vec::with_capacity(3);
        for len in lens {
            // Grows with what arrives, not with what was announced.
            let mut part = Vec::new();
            socket.take(u64::from(len)).read_to_end(&mut part).await?;
            if part.len() != len as usize {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            parts.push(part);
        }
        let mut parts = parts.into_iter();
        let (header, json, bytes) = (
            parts.next().unwrap_or_default(),
            parts.next().unwrap_or_default(),
            parts.next().unwrap_or_default(),
        );
        let header = serde_json::from_slice(&header);
        let header = header.map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
        Ok(Some(Self { header, json, bytes }))
    }
}

fn too_large() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "a frame larger than any that is sent")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn frames_read_back_in_order() {
        let frames = [
            Frame { header: Header::Receive { id: 7 }, json: b"{}".to_vec(), bytes: vec![0, 255] },
            Frame::bare(Header::Cancel { id: 7 }),
        ];
        let mut wire = Vec::new();
        for frame in &frames {
            frame.write(&mut wire).await.unwrap();
        }
        let mut wire = wire.as_slice();
        for frame in frames {
            assert_eq!(Frame::read(&mut wire).await.unwrap(), Some(frame));
        }
        assert_eq!(Frame::read(&mut wire).await.unwrap(), None);
    }

    #[tokio::test]
    async fn a_frame_that_ends_early_or_is_too_large_is_an_error() {
        let mut wire = Vec::new();
        Frame::bare(Header::Loaded).write(&mut wire).await.unwrap();
        for len in 4..wire.len() {
            assert!(Frame::read(&mut &wire[..len]).await.is_err(), "{len}");
        }
        assert!(Frame::read(&mut [0xff; 64].as_slice()).await.is_err());
    }
}
